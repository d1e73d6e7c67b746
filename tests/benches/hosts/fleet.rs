//! The hosts: each with a folder, a log and ports of its own, by `host/deploy/fleet.toml`.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::country::Country;
use crate::support::{Server, agent, edit, ordinance, root, run, scratch, text_of, until};

pub(crate) const HOSTS: usize = 3;

/// An address of this machine that nobody uses.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The contract takes objections, and the province has listed its key.
pub(crate) fn take_objections(country: &Country) {
    country.good("ordinance objections key keys/sd-objections");
    country.good("ordinance trust objections-key keys/sd-objections.pub --to repositories/CN-37 --key keys/sd-publish");
}

/// The province grants more and publishes that.
pub(crate) fn publish_more(country: &Country) {
    let law = country.path("shandong/CN-37/old-age-allowance");
    edit(&law.join("rule.toml"), "value = \"120.00\"", "value = \"130.00\"");
    edit(&law.join("rule.toml"), "version = \"1.0.0\"", "version = \"1.1.0\"");
    edit(&law.join("cases/ages.toml"), "120.00", "130.00");
    country.good("ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish --withdraw");
}

/// One host without a balancer, which the others are compared with.
pub(crate) fn single_host(country: &Country) -> Server {
    let folder = scratch();
    let config = folder.path().join("host.toml");
    fs::write(&config, settings(country, folder.path(), 0, "at-once")).unwrap();
    let mut command = ordinance();
    command.args(["serve", "--config", config.to_str().unwrap(), "--open-door"]);
    Server::spawn(command, folder)
}

/// `fleet.toml` for a host of the benchmark: with its folders, without what is of TLS and pseudonyms.
fn settings(country: &Country, folder: &Path, number: usize, activate: &str) -> String {
    let text = fs::read_to_string(root().join("host/deploy/fleet.toml")).unwrap();
    let mut text = text.replace("activate = \"on-request\"", &format!("activate = \"{activate}\""));
    for (from, to) in [
        ("https://law.example/CN", country.path("repositories/CN").display().to_string()),
        ("/etc/ordinance/CN.root.json", country.path("repositories/CN/metadata/1.root.json").display().to_string()),
        ("/var/lib/ordinance", folder.display().to_string()),
        ("host-1\"", format!("host-{number}\"")),
        ("host-number = 1", format!("host-number = {number}")),
        ("pseudonym-key = \"/etc/ordinance/pseudonym.key\"", String::new()),
        ("public-url = \"https://law.example\"", String::new()),
        ("drain-delay-ms = 3000", "drain-delay-ms = 2500".to_owned()),
        ("caller-rate-limit-per-second = 2000", String::new()),
    ] {
        assert!(text.contains(from), "fleet.toml has no `{from}`");
        text = text.replace(from, &to);
    }
    text
}

struct FleetHost {
    folder: tempfile::TempDir,
    public: SocketAddr,
    operations: SocketAddr,
    /// `None` while it is dead.
    process: Option<Child>,
}

/// All hosts.
pub(crate) struct Fleet {
    hosts: Vec<FleetHost>,
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for process in self.hosts.iter_mut().filter_map(|host| host.process.as_mut()) {
            // A process that has ended already needs no end.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Fleet {
    pub(crate) fn start(country: &Country) -> Self {
        let hosts = (1..=HOSTS).map(|number| {
            let folder = scratch();
            let text = settings(country, folder.path(), number, "on-request");
            fs::write(folder.path().join("host.toml"), text).unwrap();
            FleetHost { folder, public: free_address(), operations: free_address(), process: None }
        });
        let mut fleet = Self { hosts: hosts.collect() };
        (0..HOSTS).for_each(|host| fleet.start_again(host));
        fleet
    }

    /// The public and the operations address of each host.
    pub(crate) fn addresses(&self) -> Vec<(SocketAddr, SocketAddr)> {
        self.hosts.iter().map(|host| (host.public, host.operations)).collect()
    }

    /// The decision log of each host.
    pub(crate) fn logs(&self) -> Vec<PathBuf> {
        self.hosts.iter().map(|host| host.folder.path().join("decisions.ndjson")).collect()
    }

    /// Starts a dead host and waits until it answers.
    pub(crate) fn start_again(&mut self, host: usize) {
        let host = &mut self.hosts[host];
        let said = fs::File::create(host.folder.path().join("said")).unwrap();
        let config = host.folder.path().join("host.toml");
        let mut command: Command = ordinance();
        command.args(["serve", "--config", config.to_str().unwrap(), "--open-door"]);
        command.args(["--listen", &host.public.to_string(), "--operations", &host.operations.to_string()]);
        host.process = Some(command.stdout(Stdio::null()).stderr(said).spawn().unwrap());
        let operations = host.operations;
        until(|| agent().get(format!("http://{operations}/healthz")).call().is_ok());
    }

    /// Kills a host, as a machine that fails does.
    pub(crate) fn kill(&mut self, host: usize) {
        let mut process = self.hosts[host].process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops a host in order: it drains.
    pub(crate) fn stop(&mut self, host: usize) {
        let mut process = self.hosts[host].process.take().unwrap();
        assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
        assert!(process.wait().unwrap().success(), "host {host} didn't end in order");
    }

    pub(crate) fn stop_all(&mut self) {
        (0..HOSTS).for_each(|host| self.stop(host));
    }

    fn rollout(&self, flags: &[&str]) {
        let hosts: Vec<String> = self.hosts.iter().map(|host| format!("http://{}", host.operations)).collect();
        let arguments = ["rollout"].into_iter().chain(flags.iter().copied()).chain(hosts.iter().map(String::as_str));
        let ran = run(&arguments.collect::<Vec<_>>());
        assert!(ran.status.success(), "{}", text_of(&ran));
    }

    /// Lets all hosts prepare what is published.
    pub(crate) fn prepare(&self) {
        self.rollout(&["--prepare"]);
    }

    /// Brings what is published into use on all hosts; its digest.
    pub(crate) fn roll_out(&self) -> String {
        self.rollout(&[]);
        let in_use = self.hosts.iter().map(|host| {
            let state = agent().get(format!("http://{}/readyz?verbose", host.operations)).call().unwrap();
            let state: Value = serde_json::from_reader(state.into_body().as_reader()).unwrap();
            state["rulebook"].as_str().unwrap().to_owned()
        });
        let in_use: Vec<String> = in_use.collect();
        assert!(in_use.iter().all(|revision| *revision == in_use[0]), "{in_use:?}");
        in_use[0].clone()
    }

    /// Activates a prepared rulebook on one host alone.
    pub(crate) fn activate(&self, host: usize, rulebook: &str) {
        let address = self.hosts[host].operations;
        let sent = agent().post(format!("http://{address}/admin/activate?rulebook={rulebook}")).send_empty();
        assert_eq!(sent.unwrap().status(), 200);
        // The balancer needs no time for that: a request that is pinned finds the host that has its revision.
        thread::sleep(Duration::from_millis(10));
    }
}
