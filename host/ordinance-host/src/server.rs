//! The server: two listeners, connections with time limits, and an end that lets requests in flight finish.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use ordinance_engine::{Pseudonymiser, Rulebook};
use ordinance_sandbox::{Sandbox, SandboxError};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use uuid::Uuid;

use crate::callers::Callers;
use crate::config::{HostConfig, HttpConfig, default_code_cache};
use crate::error::HostError;
use crate::front::LoadShed;
use crate::http::{self, App};
use crate::lane::ConcurrencyLimit;
use crate::live::CurrentRulebook;
use crate::log::DecisionLog;
use crate::metrics::Metrics;
use crate::operations;
use crate::patience::TimeoutStream;
use crate::reload::{RulebookLoader, load};
use crate::shadow::Shadow;
use crate::tls::{Certificates, peer_subject};
use crate::traces::{Exporter, Traces};

/// A host that listens. It serves when it is [`run`](Host::run).
pub struct Host {
    app: Arc<App>,
    public: TcpListener,
    tls: Option<Arc<Certificates>>,
    operations: TcpListener,
    exporter: Option<Exporter>,
    stop: watch::Sender<bool>,
}

/// Tells a host to drain and end.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

/// Whether a host is on its way to its end.
#[derive(Clone, Default)]
pub(crate) struct Draining(Arc<AtomicBool>);

impl Stop {
    /// Stops taking requests; those in flight finish.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Draining {
    pub(crate) fn is_draining(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Tells who keeps its connection in time to use another.
    pub(crate) fn say(&self, answer: &mut Response, version: Version) {
        if self.is_draining() && version < Version::HTTP_2 {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Loads a built rulebook with the limits of the settings, and says in the log which rules are broken.
///
/// # Errors
/// [`HostError`] if the sandbox can't be set up or the rulebook can't be loaded.
pub fn load_rulebook(config: &HostConfig, folder: &Path) -> Result<Rulebook, HostError> {
    load(folder, &sandbox(config)?, pseudonyms(config)?)
}

/// A core dump would hold the facts of whoever asked last: this process leaves none, and no other process of its user may
/// look into it.
fn leave_no_dump() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none).and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        tracing::warn!(%error, "a crash may leave a core dump with facts in it");
    }
}

/// The key of pseudonyms: that of the settings, or one that is gone with this process.
pub(crate) fn pseudonyms(config: &HostConfig) -> Result<Pseudonymiser, HostError> {
    let Some(path) = &config.privacy.pseudonym_key else {
        // Made once, so that a reload changes no pseudonym.
        static MADE: OnceLock<Pseudonymiser> = OnceLock::new();
        return Ok(MADE
            .get_or_init(|| {
                tracing::info!("pseudonyms last as long as this process: no privacy.pseudonym-key is set");
                let random = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
                let key: Vec<u8> = random.iter().flat_map(|part| *part.as_bytes()).collect();
                Pseudonymiser::new(key).unwrap_or_else(|_| Pseudonymiser::for_trial())
            })
            .clone());
    };
    let fault = |reason: String| HostError::PseudonymKey { path: path.clone(), reason };
    let key = std::fs::read(path).map_err(|error| fault(format!("it can't be read: {error}")))?;
    Pseudonymiser::new(key).map_err(|error| fault(error.to_string()))
}

/// The sandbox, with the code cache of the settings, or with the user's own where that can be used.
pub(crate) fn sandbox(config: &HostConfig) -> Result<Sandbox, HostError> {
    match &config.rules.code_cache {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Sandbox::new(config.sandbox(None))?),
        Some(folder) => Ok(Sandbox::new(config.sandbox(Some(folder.clone())))?),
        None => match Sandbox::new(config.sandbox(default_code_cache())) {
            Err(SandboxError::Cache(error)) => {
                tracing::warn!(%error, "no code cache; every start compiles every rule");
                Ok(Sandbox::new(config.sandbox(None))?)
            }
            other => Ok(other?),
        },
    }
}

impl Host {
    /// Opens the log and both listeners; `rulebook` is where a reload takes the registry from.
    ///
    /// # Errors
    /// [`HostError`] if one of them can't be opened.
    pub async fn bind(
        config: HostConfig,
        live: Arc<CurrentRulebook>,
        rulebook: Option<Arc<RulebookLoader>>,
    ) -> Result<Self, HostError> {
        leave_no_dump();
        let callers = Callers::new(&config)?;
        for stranger in config.strangers(&live.rulebook()) {
            tracing::warn!("{stranger}");
        }
        if config.open_door {
            tracing::warn!(
                "THE DOOR IS OPEN: whoever reaches this address is let in, for every service, purpose, place and recipient"
            );
        }
        let tls = config.tls.as_ref().map(Certificates::open).transpose()?.map(Arc::new);
        let log_config = &config.decision_log;
        let log = DecisionLog::open(&log_config.path, log_config.sync)
            .map_err(|source| HostError::DecisionLog { path: log_config.path.clone(), source })?;
        let public = listen(config.listen.address)?;
        let operations = listen(config.listen.operations)?;
        let (traces, exporter) = Traces::open(&config.telemetry)?.unzip();
        let app = App {
            lane: ConcurrencyLimit::new(&config),
            batches: Arc::new(Semaphore::new(config.batches())),
            live,
            rulebook,
            log,
            metrics: Metrics::new(),
            traces,
            draining: Draining::default(),
            shadow: Shadow::start().map_err(HostError::Runtime)?,
            callers,
            config,
        };
        let (stop, _) = watch::channel(false);
        Ok(Self { app: Arc::new(app), public, tls, operations, exporter, stop })
    }

    /// The address that portals call.
    ///
    /// # Errors
    /// If the system doesn't know it.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.public.local_addr()
    }

    /// The address of health and metrics.
    ///
    /// # Errors
    /// If the system doesn't know it.
    pub fn operations_address(&self) -> std::io::Result<SocketAddr> {
        self.operations.local_addr()
    }

    /// What stops it.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Serves until it is stopped, then lets requests in flight finish. Readiness turns red first.
    pub async fn run(self) {
        let http = self.app.config.http.clone();
        let public = LoadShed::guarded(Arc::clone(&self.app), http::router(Arc::clone(&self.app)));
        let operations = LoadShed::open(operations::router(Arc::clone(&self.app)));
        let (ended, until_end) = watch::channel(false);
        let delay = Duration::from_millis(http.drain_delay_ms);
        let drain = async {
            let mut stopped = self.stop.subscribe();
            // The sender lives as long as this host.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            self.app.draining.0.store(true, Ordering::Relaxed);
            tracing::info!(serving_for = ?delay, "told to end: not ready from now on");
            tokio::time::sleep(delay).await;
            tracing::info!("draining: requests in flight finish, no new ones are taken");
        };
        let forgetting = tokio::spawn(keep_forgetting(Arc::clone(&self.app)));
        if let Some(exporter) = self.exporter {
            tokio::spawn(exporter.run());
        }
        let reading = self.tls.clone().map(|certificates| tokio::spawn(keep_reading(certificates)));
        let serving = async {
            serve(self.public, public, self.tls, &http, drain).await;
            if let Some(reading) = reading {
                reading.abort();
            }
            ended.send_replace(true);
        };
        let watching = serve(self.operations, operations, None, &http, wait_for(until_end));
        tokio::join!(serving, watching);
        forgetting.abort();
        tracing::info!("ended");
    }
}

/// How often the certificates are looked at.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(2);

async fn keep_reading(certificates: Arc<Certificates>) {
    loop {
        tokio::time::sleep(CERTIFICATES_EVERY).await;
        let certificates = Arc::clone(&certificates);
        // A defect while reading leaves the certificates as they were.
        let _ = tokio::task::spawn_blocking(move || certificates.reread()).await;
    }
}

/// How often revisions whose time is over are forgotten, and an overload after which nobody asks any more.
const FORGET_EVERY: Duration = Duration::from_secs(1);

async fn keep_forgetting(app: Arc<App>) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        app.live.forget_old();
        app.lane.forget_old();
    }
}

async fn wait_for(mut flag: watch::Receiver<bool>) {
    let _ = flag.wait_for(|set| *set).await;
}

/// How many connections wait to be accepted, where the system allows as many.
const BACKLOG: u32 = 4096;

fn listen(address: SocketAddr) -> Result<TcpListener, HostError> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A host that starts again finds connections of the one before it still closing.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|source| HostError::Listen { address, source })
}

/// Serves one listener until `until`, then waits for its requests.
async fn serve(
    listener: TcpListener,
    front: LoadShed,
    tls: Option<Arc<Certificates>>,
    http: &HttpConfig,
    until: impl Future<Output = ()>,
) {
    let (graceful, (closing, _)) = (GracefulShutdown::new(), watch::channel(false));
    let connections = Arc::new(Semaphore::new(http.connections_max));
    let (header_time, write_time) = (Duration::from_millis(http.header_ms), Duration::from_millis(http.write_ms));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_time);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256).keep_alive_interval(header_time);
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut until => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        let tls = tls.as_ref().map(|certificates| certificates.acceptor());
        let (front, builder, watcher) = (front.clone(), builder.clone(), graceful.watcher());
        let is_closing = wait_for(closing.subscribe());
        tokio::spawn(async move {
            // Who connects and says nothing is sent away like who is slow, and at the end at once.
            let opened = tokio::select! {
                biased;
                opened = tokio::time::timeout(header_time, open(stream, tls)) => opened,
                () = is_closing => return,
            };
            match opened {
                Ok(Some(Opened::Plain(stream))) => {
                    let stream = TokioIo::new(TimeoutStream::new(stream, write_time, header_time));
                    // A client that goes away or sends no HTTP has ended only its own connection.
                    let _ = watcher.watch(builder.serve_connection(stream, front).into_owned()).await;
                }
                Ok(Some(Opened::Secured(stream))) => {
                    let front = front.with_peer(peer_subject(&stream));
                    let stream = TokioIo::new(TimeoutStream::new(*stream, write_time, header_time));
                    let _ = watcher.watch(builder.serve_connection(stream, front).into_owned()).await;
                }
                Ok(None) | Err(_) => {}
            }
            drop(permit);
        });
    }
    drop(listener);
    closing.send_replace(true);
    if tokio::time::timeout(Duration::from_millis(http.drain_ms), graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still in flight at the end");
    }
}

/// A connection on which the client has begun to speak.
enum Opened {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

/// Waits until the client speaks, and secures the connection if that is asked for.
async fn open(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Opened> {
    match tls {
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Some(Opened::Secured(Box::new(stream))),
            Err(error) => {
                tracing::debug!(target: "ordinance", %error, "a connection can't be secured");
                None
            }
        },
        None => match stream.peek(&mut [0]).await {
            Ok(1..) => Some(Opened::Plain(stream)),
            Ok(0) | Err(_) => None,
        },
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Answers are small; waiting to fill a packet only adds to latency.
            let _ = stream.set_nodelay(true);
            Some((stream, permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection can't be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
