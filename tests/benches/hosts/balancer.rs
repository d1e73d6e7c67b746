//! HAProxy by `host/deploy/haproxy.cfg`, on loopback and without TLS.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::fleet::{Fleet, HOSTS, free_address};
use crate::support::{Reply, agent, get, root, scratch, until};

/// HAProxy. It is killed when it is dropped.
pub(crate) struct Balancer {
    process: Child,
    pub(crate) address: String,
    statistics: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Balancer {
    pub(crate) fn start(fleet: &Fleet) -> Self {
        let (portals, statistics, folder) = (free_address(), free_address(), scratch());
        let text = fs::read_to_string(root().join("host/deploy/haproxy.cfg")).unwrap();
        let mut text =
            replaced(&text, "bind :443 ssl crt /etc/haproxy/portals.pem alpn h2,http/1.1", &format!("bind {portals}"));
        // Clients of the benchmark have no key, since the door is open.
        text = replaced(&text, "sc_http_req_rate(0) gt 200", "sc_http_req_rate(0) gt 1000000");
        text = replaced(&text, "check port 9090", "check");
        // The system may allow few open files.
        text = replaced(&text, "maxconn 10000", "maxconn 1000");
        for (at, (public, operations)) in fleet.addresses().into_iter().enumerate() {
            let server = format!("{public} port {}", operations.port());
            text = replaced(&text, &format!("10.0.0.{}:8080", at + 1), &server);
        }
        text.push_str(&format!("\nfrontend statistics\n    bind {statistics}\n    stats enable\n    stats uri /\n"));
        let config = folder.path().join("haproxy.cfg");
        fs::write(&config, text).unwrap();
        let said = fs::File::create(folder.path().join("said")).unwrap();
        let mut command = Command::new("haproxy");
        let process = command.arg("-db").arg("-f").arg(&config).stdout(Stdio::null()).stderr(said).spawn();
        let process = process.unwrap_or_else(|error| panic!("haproxy can't be started ({error}): install it"));
        Self { process, address: format!("http://{portals}"), statistics, _folder: folder }
    }

    /// Waits until the balancer sends requests to every host.
    pub(crate) fn wait_for_hosts(&self) {
        until(|| {
            let Ok(mut table) = agent().get(format!("http://{}/;csv", self.statistics)).call() else { return false };
            let table = table.body_mut().read_to_string().unwrap();
            let up = table.lines().filter(|line| line.starts_with("keyed,host-"));
            up.filter(|line| line.contains(",UP,")).count() == HOSTS
        });
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        let request = agent().post(format!("{}{path}", self.address)).header("content-type", "application/json");
        Reply::read(request.send(body.to_string()))
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        get(&format!("{}{path}", self.address), "")
    }

    /// How an objection stands.
    pub(crate) fn objection(&self, id: &str, token: &str) -> Reply {
        let request = agent().get(format!("{}/v1/objections/{id}", self.address)).header("objection-token", token);
        Reply::read(request.call())
    }

    /// Decides a case by a request with a key.
    pub(crate) fn decide_with_key(&self, case: &Value, key: &str) -> Result<Reply, ureq::Error> {
        let request = agent().post(format!("{}/v1/decisions", self.address)).header("content-type", "application/json");
        let request = request.header("idempotency-key", key).config().timeout_global(Some(ANSWER_TIMEOUT)).build();
        request.send(case.to_string()).map(|response| Reply::read(Ok(response)))
    }

    /// Repeats a request with a key: the status, and whether it was the first reply once more.
    pub(crate) fn repeat(&self, case: &Value, key: &str) -> (u16, Value) {
        let request = agent().post(format!("{}/v1/decisions", self.address)).header("content-type", "application/json");
        let response = request.header("idempotency-key", key).send(case.to_string()).unwrap();
        let replayed = response.headers().get("idempotency-replayed").is_some_and(|value| value == "true");
        (response.status().as_u16(), json!(replayed))
    }
}

/// The longest time for an answer of a client.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "haproxy.cfg has no `{from}`");
    text.replace(from, to)
}
