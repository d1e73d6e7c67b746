//! The settings of a host: `host.toml`, each key with its default.

mod caller;
mod check;
mod config_error;
mod console;
mod objections;
mod observability;
mod portal;
mod renamed;
mod rulebook;
mod statistics;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ordinance_engine::diagnostic::line_and_column;
use ordinance_sandbox::{CompilerConfig, Limits, SandboxConfig};
use serde::Deserialize;

pub(crate) use self::caller::CallerConfig;
pub use self::config_error::ConfigError;
pub(crate) use self::observability::{LogConfig, LogFormat, LogLevel, TelemetryConfig};
use self::renamed::{RenamedSetting, find_renamed};
pub(crate) use self::{
    objections::ObjectionsConfig, portal::LoginConfig, portal::PortalConfig, rulebook::RulebookConfig,
    statistics::StatisticsConfig,
};

/// The settings. `host.toml` in this crate's folder explains every key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HostConfig {
    /// Addresses.
    pub listen: ListenConfig,
    /// Who may use the operations address.
    pub operations: OperationsConfig,
    /// Limits of the protocol.
    pub http: HttpConfig,
    /// Admission control of decisions.
    pub concurrency: ConcurrencyConfig,
    /// Admission control of batches.
    pub batch: BatchConfig,
    /// Limits of rules.
    pub rules: RulesConfig,
    /// Where the rulebook comes from, if no folder is named.
    pub rulebook: RulebookConfig,
    /// How a new rulebook comes into use.
    pub reload: ReloadConfig,
    /// The decision log.
    pub decision_log: DecisionLogConfig,
    /// Objections to decisions.
    pub objections: ObjectionsConfig,
    /// The statistics of the decision log.
    pub statistics: StatisticsConfig,
    /// The pages for people.
    pub portal: PortalConfig,
    /// Requests that callers may repeat.
    pub idempotency: IdempotencyConfig,
    /// The operator's log.
    pub log: LogConfig,
    /// Traces.
    pub telemetry: TelemetryConfig,
    /// `None` for plain HTTP.
    pub tls: Option<TlsConfig>,
    /// `None` if the host accepts no tokens.
    pub jwt: Option<JwtConfig>,
    /// What privacy law needs of the host.
    pub privacy: PrivacyConfig,
    /// The callers and what they may request.
    pub callers: Vec<CallerConfig>,
    /// The program that compiles rules in a process of its own; none compiles in this one. Only a program sets it.
    #[serde(skip)]
    pub compiler: Option<CompilerConfig>,
    /// Whether everybody on this machine may call for everything. Only a flag opens the door, never a file.
    #[serde(skip)]
    pub open_door: bool,
}

/// Certificates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TlsConfig {
    /// The host's certificate with those that lead to its root, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// The roots of client certificates, in PEM; `None` if the host requests none.
    pub client_roots: Option<PathBuf>,
}

/// How tokens are checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JwtConfig {
    /// The public keys, as a JWKS (RFC 7517).
    pub keys: PathBuf,
    /// Whose tokens are taken: their `iss`.
    pub issuer: String,
    /// For whom they must be: their `aud`.
    pub audience: String,
    /// The scopes that they must all have, with spaces between.
    #[serde(default)]
    pub scope: String,
    /// By how many seconds the clocks may differ.
    #[serde(default = "default_leeway")]
    pub leeway_s: u64,
}

fn default_leeway() -> u64 {
    30
}

/// What privacy law needs of the host.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PrivacyConfig {
    /// The file with the secret key of pseudonyms; none makes one that is gone when the host ends.
    pub pseudonym_key: Option<PathBuf>,
}

/// Addresses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ListenConfig {
    /// The address for portals.
    pub address: SocketAddr,
    /// The address of health and metrics.
    pub operations: SocketAddr,
    /// The URL by which portals reach the host, where that isn't the address itself.
    pub public_url: Option<String>,
}

/// Who may use the operations address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct OperationsConfig {
    /// The names by which it may be called, beside `localhost`.
    pub hosts: Vec<String>,
    /// The file with the token that all but the probes must send; none requires no token.
    pub token: Option<PathBuf>,
}

/// Limits of the protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HttpConfig {
    /// The largest body.
    pub body_bytes_max: usize,
    /// The longest time for a body.
    pub body_ms: u64,
    /// The longest time for headers.
    pub header_ms: u64,
    /// The longest time that an answer waits to be read.
    pub write_ms: u64,
    /// The most connections at one time.
    pub connections_max: usize,
    /// The most connections of one address at one time; 0 for no bound.
    pub connections_per_address_max: usize,
    /// The requests per second without a key of one address; 0 for no bound.
    pub stranger_requests_per_second: u32,
    /// How long the host still serves at the end while `/readyz` is red.
    pub drain_delay_ms: u64,
    /// The longest time for requests in flight at the end.
    pub drain_ms: u64,
}

/// Admission control of decisions: the concurrency limit, its queue, and the quotas of callers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConcurrencyConfig {
    /// The most decisions that run at the same time; 0 is one for each core.
    pub limit: usize,
    /// The most decisions that wait in the queue.
    pub queue_max: usize,
    /// The longest time that a decision waits in the queue; 0 for no wait.
    pub queue_ms: u64,
    /// The time in the queue above which, if every decision of a caller waits longer, the caller is overloaded.
    pub overloaded_ms: u64,
    /// The most decisions of overloaded callers that wait in the queue; 0 is three for each that runs.
    pub overload_queue_max: usize,
    /// The most fuel that a decision may need to run on the thread that serves the request.
    pub inline_fuel_max: u64,
    /// The rate limit of a caller in units per second; 0 for no limit.
    pub caller_rate_limit_per_second: u32,
    /// The most requests of a caller in flight.
    pub caller_in_flight_max: usize,
}

/// Admission control of batches, which have a limit beside that of single decisions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BatchConfig {
    /// The most batches that decide at one time, each on one thread, and the most that a caller may have open; 0 is
    /// one for every two cores.
    pub concurrency: usize,
    /// The longest time for the next line, or for reading an answer.
    pub idle_ms: u64,
}

/// Limits of rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RulesConfig {
    /// Instructions of one call.
    pub fuel: u64,
    /// Wall-clock time of one call.
    pub deadline_ms: u64,
    /// Memory of one call.
    pub memory_bytes: usize,
    /// The answer of one call.
    pub output_bytes: usize,
    /// Whether to call the core module of a rule directly where its component has only one.
    pub direct_calls: bool,
    /// The largest component.
    pub component_bytes_max: usize,
    /// The longest time for compiling one rule.
    pub compile_ms: u64,
    /// The memory of the process that compiles.
    pub compile_memory_bytes: u64,
    /// The folder of compiled code; empty for none.
    pub code_cache: Option<PathBuf>,
    /// How much compiled code is kept in it, in bytes.
    pub code_cache_bytes_max: u64,
    /// Whether to trust the folders above it without a check of their permissions.
    pub trust_cache_parents: bool,
}

/// How a new rulebook comes into use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReloadConfig {
    /// Whether the folder is watched.
    pub watch: bool,
    /// How a reload treats a rule that is broken or fails its tests.
    pub bad_rule: BadRule,
    /// When a new rulebook comes into use.
    pub activate: Activation,
    /// How long a simulation may ask for a retired revision, in seconds.
    pub keep_s: u64,
    /// The most such revisions.
    pub keep_max: usize,
}

/// How a reload treats a rule that is broken or fails its own tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadRule {
    /// It rejects the rulebook.
    Refuse,
    /// It activates the rulebook and keeps the rule as it was.
    KeepLast,
}

/// When a new rulebook comes into use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// As soon as it is loaded and tested.
    AtOnce,
    /// When `POST /admin/activate` names it. Until then, and after the start, the host isn't ready or keeps the one
    /// before it.
    OnRequest,
}

/// The decision log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DecisionLogConfig {
    /// The file of its records. Beside it are the folder of its tree (`.tree`) and, unless `key` says otherwise, its
    /// key (`.key`).
    pub path: PathBuf,
    /// The name of the log, which no other log has; by default that of its key.
    pub name: Option<String>,
    /// The number of this host among those behind one address, with which its ids end.
    pub host_number: Option<u8>,
    /// The file of the key that signs its checkpoints. The host makes one if there is none.
    pub key: Option<PathBuf>,
    /// Whether a decision waits for the disk.
    pub sync: bool,
    /// The most bytes that a caller may write to it in an hour; 0 for no limit.
    pub caller_bytes_per_hour_max: u64,
}

/// Requests that callers may repeat by an `Idempotency-Key`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct IdempotencyConfig {
    /// How long the reply to a request with a key is kept, in seconds.
    pub keep_s: u64,
    /// The most bytes of all such replies; each caller has an equal share.
    pub bytes_max: usize,
}

impl Default for ListenConfig {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self { address: loopback(8080), operations: loopback(9090), public_url: None }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 << 10,
            body_ms: 10_000,
            header_ms: 10_000,
            write_ms: 30_000,
            connections_max: 10_000,
            connections_per_address_max: 1_000,
            stranger_requests_per_second: 200,
            drain_delay_ms: 0,
            drain_ms: 10_000,
        }
    }
}

impl Default for ConcurrencyConfig {
    fn default() -> Self {
        Self {
            limit: 0,
            queue_max: 256,
            queue_ms: 500,
            overloaded_ms: 50,
            overload_queue_max: 0,
            inline_fuel_max: 10_000_000,
            caller_rate_limit_per_second: 0,
            caller_in_flight_max: 192,
        }
    }
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self { concurrency: 0, idle_ms: 30_000 }
    }
}

impl Default for RulesConfig {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            fuel: limits.fuel,
            deadline_ms: limits.deadline_ms,
            memory_bytes: limits.memory_bytes,
            output_bytes: limits.output_bytes,
            direct_calls: true,
            component_bytes_max: SandboxConfig::default().component_bytes_max,
            trust_cache_parents: false,
            compile_ms: 30_000,
            compile_memory_bytes: 512 << 20,
            code_cache: None,
            code_cache_bytes_max: SandboxConfig::default().code_cache_bytes_max,
        }
    }
}

impl Default for ReloadConfig {
    fn default() -> Self {
        Self { watch: true, bad_rule: BadRule::Refuse, activate: Activation::AtOnce, keep_s: 3_600, keep_max: 4 }
    }
}

impl Default for DecisionLogConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::from("decisions.ndjson"),
            name: None,
            host_number: None,
            key: None,
            sync: true,
            caller_bytes_per_hour_max: 32 << 30,
        }
    }
}

impl Default for IdempotencyConfig {
    fn default() -> Self {
        Self { keep_s: 3_600, bytes_max: 64 << 20 }
    }
}

impl HostConfig {
    /// Reads a file of settings.
    ///
    /// # Errors
    /// [`ConfigError`], with the line if one is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)?.validate()
    }

    fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let fault = |offset: usize, message: String| {
            let (line, column) = line_and_column(text, offset);
            ConfigError::Line { file: file.to_owned(), line, column, message }
        };
        if let Some(RenamedSetting { offset, message }) = find_renamed(text) {
            return Err(fault(offset, message));
        }
        toml::from_str(text).map_err(|error: toml::de::Error| {
            fault(error.span().map_or(0, |span| span.start), error.message().trim().to_owned())
        })
    }

    /// The most decisions that run at the same time.
    #[must_use]
    pub fn concurrency_limit(&self) -> usize {
        match self.concurrency.limit {
            0 => std::thread::available_parallelism().map_or(1, usize::from).min(512),
            set => set,
        }
    }

    /// The most decisions that wait in the queue during an overload.
    #[must_use]
    pub fn overload_queue_max(&self) -> usize {
        let set = match self.concurrency.overload_queue_max {
            0 => 3 * self.concurrency_limit(),
            set => set,
        };
        set.min(self.concurrency.queue_max)
    }

    /// The most batches that run at the same time.
    #[must_use]
    pub fn batch_limit(&self) -> usize {
        match self.batch.concurrency {
            0 => std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2).min(512),
            set => set,
        }
    }

    /// The most rules that run at the same time: one for each decision and batch that may run, so that no batch waits
    /// for a single decision nor a decision for a batch, one for the shadow rules, and one for public answers.
    #[must_use]
    pub fn rule_slots(&self) -> u32 {
        u32::try_from(self.concurrency_limit() + self.batch_limit() + 2).unwrap_or(u32::MAX).min(2048)
    }

    pub(crate) fn sandbox(&self, code_cache: Option<PathBuf>) -> SandboxConfig {
        let rules = &self.rules;
        SandboxConfig {
            limits: Limits {
                fuel: rules.fuel,
                deadline_ms: rules.deadline_ms,
                memory_bytes: rules.memory_bytes,
                output_bytes: rules.output_bytes,
            },
            component_bytes_max: rules.component_bytes_max,
            slots: self.rule_slots(),
            code_cache,
            code_cache_bytes_max: rules.code_cache_bytes_max,
            trusts_cache_parents: rules.trust_cache_parents,
            compiler: self.compiler.clone(),
            trap_backtrace: false,
            direct_calls: rules.direct_calls,
            ..SandboxConfig::default()
        }
    }
}

#[cfg(test)]
mod tests;
