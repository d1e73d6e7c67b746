//! What the tests share: the program, a rulebook built once, a server of their own, an HTTP client.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};

/// The program under test.
pub(crate) fn ordinance() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ordinance-under-test"))
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    ordinance().args(arguments).output().unwrap()
}

/// Standard output and standard error of a run, as one text.
pub(crate) fn text_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Writes `to` where `from` stands in a file, which must be there.
pub(crate) fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert_contains(&text, from);
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// The root of the source tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A folder that is there as long as the test runs.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The rulebook of `plugins/`, built once for all tests.
pub(crate) fn plugins_rulebook() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins-rulebook");
        let plugins = root().join("plugins");
        // With trust it compiles in the folder of the sources, beside the shared code of the scenarios.
        let built = run(&["build", plugins.to_str().unwrap(), "--out", out.to_str().unwrap(), "--trust-sources"]);
        assert!(built.status.success(), "{}", text_of(&built));
        out
    })
}

/// A server process. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) operations: String,
    /// What it says of the console, if it has one: the address, and how to sign in.
    pub(crate) console: Option<String>,
    said: Arc<Mutex<String>>,
    pub(crate) folder: tempfile::TempDir,
}

impl Server {
    /// Serves a rulebook with these settings. The decision log stands in the server's own folder if the settings don't
    /// name another.
    pub(crate) fn start(rulebook: &Path, settings: &str) -> Self {
        Self::serve(ordinance(), rulebook, settings, &["--open-door"])
    }

    /// The same under limits of the system, in the words of `sh`. A file that would grow beyond `ulimit -f` (in 512
    /// bytes) can't be written, as on a full disk.
    pub(crate) fn start_under(limits: &str, rulebook: &Path, settings: &str) -> Self {
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("trap '' XFSZ; {limits}; exec \"$0\" \"$@\"")]).arg(ordinance().get_program());
        Self::serve(limited, rulebook, settings, &["--open-door"])
    }

    /// The same for the callers of the settings alone.
    pub(crate) fn start_for_callers(rulebook: &Path, settings: &str) -> Self {
        Self::serve(ordinance(), rulebook, settings, &[])
    }

    fn serve(mut command: Command, rulebook: &Path, settings: &str, flags: &[&str]) -> Self {
        let folder = scratch();
        let config = folder.path().join("host.toml");
        let log = folder.path().join("decisions.ndjson");
        let log = if settings.contains("[decision-log]") {
            String::new()
        } else {
            format!("[decision-log]\npath = {log:?}\n")
        };
        // Nobody signed the rulebooks of most tests.
        let unsigned =
            if flags.is_empty() && !settings.contains("[rulebook]") { "[rulebook]\nunsigned = true\n" } else { "" };
        std::fs::write(&config, format!("{settings}\n{log}{unsigned}")).unwrap();
        command.args(["serve", rulebook.to_str().unwrap(), "--config", config.to_str().unwrap()]);
        command.args(flags);
        Self::spawn(command, folder)
    }

    /// Waits until a server says where it listens.
    pub(crate) fn spawn(mut command: Command, folder: tempfile::TempDir) -> Self {
        command.args(["--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (collected, errors) = (Arc::clone(&said), BufReader::new(child.stderr.take().unwrap()).lines());
        let reader = thread::spawn(move || {
            for line in errors.map_while(Result::ok) {
                collected.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut console = None;
        let mut url = |prefix: &str| {
            let of_console = |line: &String| line.strip_prefix("console for supervisors on ").map(str::to_owned);
            let mut lines = lines.by_ref().inspect(|line| console = of_console(line).or_else(|| console.take()));
            let line = lines.find(|line| line.starts_with(prefix))?;
            Some(line.trim_start_matches(prefix).split_whitespace().next().unwrap().to_owned())
        };
        match (url("decisions on "), url("operations on ")) {
            (Some(address), Some(operations)) => Self { child, address, operations, console, said, folder },
            _ => {
                reader.join().unwrap();
                panic!("no server: {}", said.lock().unwrap())
            }
        }
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `host:port` of the decisions.
    pub(crate) fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// What the server has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The lines of its decision log.
    pub(crate) fn decision_log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("decisions.ndjson")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Sends SIGTERM, as an operator does.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Posts a body as JSON.
    pub(crate) fn post(&self, path: &str, body: &str) -> Reply {
        let request = agent().post(format!("{}{path}", self.address)).header("content-type", "application/json");
        Reply::read(request.send(body)).to(format!("POST {path} {body}"))
    }

    /// Posts a body as JSON with a key.
    pub(crate) fn post_with(&self, key: &str, path: &str, body: &Value) -> Reply {
        let request = agent().post(format!("{}{path}", self.address)).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {key}"));
        Reply::read(request.send(body.to_string())).to(format!("POST {path} {body}"))
    }

    /// Decides a case.
    pub(crate) fn decide(&self, jurisdiction: &str, service: &str, as_of: &str, facts: &Value) -> Reply {
        let body =
            serde_json::json!({"jurisdiction": jurisdiction, "service": service, "as_of": as_of, "facts": facts});
        self.post("/v1/decisions", &body.to_string())
    }

    /// Gets a path.
    pub(crate) fn get(&self, path: &str) -> Reply {
        get(&format!("{}{path}", self.address), "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer of the server.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) text: String,
    /// The request that it answers, as a failed assertion shows it.
    request: String,
}

impl Reply {
    pub(crate) fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = response.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (media_type, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
        let mut text = String::new();
        response.body_mut().as_reader().read_to_string(&mut text).unwrap();
        Self { status: response.status().as_u16(), media_type, retry_after, text, request: String::new() }
    }

    fn to(self, request: String) -> Self {
        Self { request, ..self }
    }

    /// Fails unless it has this status.
    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}\n{}", self.request, self.text);
        self
    }

    /// Fails unless its JSON includes what is expected, as [`assert_includes`] does.
    #[track_caller]
    pub(crate) fn assert_includes(&self, expected: Value) -> &Self {
        assert_includes(&self.json(), expected);
        self
    }

    /// Fails unless it is a problem with this status and of this kind, such as `unknown-rule`.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, kind: &str) -> &Self {
        self.assert_status(status).assert_includes(json!({"type": format!("/problems/{kind}")}))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The layer of a place in a decision.
    pub(crate) fn layer(&self, jurisdiction: &str) -> Value {
        let json = self.json();
        let layers = json["layers"].as_array().unwrap_or_else(|| panic!("{}", self.text));
        layers.iter().find(|layer| layer["jurisdiction"] == jurisdiction).unwrap().clone()
    }
}

/// Waits until something holds; what never does fails after a time that no host takes.
pub(crate) fn until(holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(180);
    while !holds() {
        assert!(Instant::now() < end, "it never came");
        // What is waited for needs the processor too.
        thread::sleep(Duration::from_millis(10));
    }
}

/// A client that takes every status as an answer.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// Gets a URL in a language.
pub(crate) fn get(url: &str, language: &str) -> Reply {
    let request = agent().get(url);
    let request = if language.is_empty() { request } else { request.header("accept-language", language) };
    Reply::read(request.call()).to(format!("GET {url}"))
}

/// Copies a folder with all below it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A generator of numbers that is the same in every run (a linear congruence with the constants of Knuth's MMIX).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    pub(crate) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
