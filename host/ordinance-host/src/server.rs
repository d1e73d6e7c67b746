//! The server, above all other wings: it binds two listeners, accepts connections with time limits, and at the end lets
//! requests in flight finish.

mod served_pages;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ordinance_log::{TileFolder, key_path, open_key_file, read_key_file, tree_path};
use ordinance_sandbox::raise_open_files;
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use self::served_pages::{open_console, open_login, pages};
use crate::admission::address_block::AddressBlock;
use crate::admission::batch_limit::BatchLimit;
use crate::admission::callers::Callers;
use crate::admission::concurrency_limit::ConcurrencyLimit;
use crate::admission::public_lane::PublicLane;
use crate::admission::stranger_rate::StrangerRate;
use crate::admission::visitor_limits::VisitorLimits;
use crate::api;
use crate::api::load_shed::LoadShed;
use crate::api::operations;
use crate::api::operations_access::OperationsAccess;
use crate::api::public_answers::kept::KeptAnswers;
use crate::api::replies::fragments::FragmentCache;
use crate::app::App;
use crate::audit::record_ids::RecordIds;
use crate::audit::writer::DecisionLog;
use crate::config::{DecisionLogConfig, HostConfig, HttpConfig};
use crate::connection::connection_limit::{ConnectionLimit, ConnectionSlot};
use crate::connection::core_dumps::disable_core_dumps;
use crate::connection::draining::DrainSignal;
use crate::connection::file_limit::{OPERATIONS_CONNECTIONS_MAX, connections_that_fit};
use crate::connection::timeouts::TimeoutStream;
use crate::connection::tls::{Certificates, peer_subject};
use crate::connection::unread::UnreadSignal;
use crate::error::HostError;
use crate::objections::store::ObjectionStore;
use crate::objections::upkeep::run_upkeep;
use crate::observability::metrics::Metrics;
use crate::observability::report_interval::ReportInterval;
use crate::observability::traces::{Exporter, Traces};
use crate::rulebook::current::CurrentRulebook;
use crate::rulebook::reload::RulebookLoader;
use crate::rulebook::shadow::Shadow;
use crate::statistics::publisher::{Statistics, check_logs};

/// A host that listens; [`run`](Host::run) serves.
pub struct Host {
    app: Arc<App>,
    public: TcpListener,
    tls: Option<Arc<Certificates>>,
    operations: TcpListener,
    /// The most connections of portals.
    connections_max: usize,
    access: Arc<OperationsAccess>,
    exporter: Option<Exporter>,
    stop: watch::Sender<bool>,
}

/// A handle that stops a host.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// The host takes no more requests; those in flight finish.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Host {
    /// Opens the log and both listeners. `rulebook` loads the rulebook of a reload; `None` if another part of the
    /// program does.
    ///
    /// # Errors
    /// [`HostError`] if one of them can't be opened.
    pub async fn bind(
        config: HostConfig,
        live: Arc<CurrentRulebook>,
        rulebook: Option<Arc<RulebookLoader>>,
    ) -> Result<Self, HostError> {
        disable_core_dumps();
        let callers = Callers::new(&config)?;
        for reference in config.unresolved_references(&live.rulebook()) {
            tracing::warn!("{reference}");
        }
        if config.open_door {
            tracing::warn!(
                "THE DOOR IS OPEN: whoever reaches this address is let in, for every service, purpose, place and recipient"
            );
        }
        let tls = config.tls.as_ref().map(Certificates::open).transpose()?.map(Arc::new);
        let access = Arc::new(OperationsAccess::open(&config)?);
        let log = open_log(&config.decision_log)?;
        let objections = ObjectionStore::open(&config.objections)
            .map_err(|source| HostError::Objections { path: config.objections.folder.clone(), source })?;
        let files = usize::try_from(raise_open_files()).unwrap_or(usize::MAX);
        let connections_max = connections_that_fit(config.http.connections_max, files);
        let public = listen(config.listen.address)?;
        let operations = listen(config.listen.operations)?;
        let listens = public.local_addr().unwrap_or(config.listen.address);
        let has_console = callers.have_console();
        let (traces, exporter) = Traces::open(&config.telemetry)?.unzip();
        let app = App {
            concurrency_limit: ConcurrencyLimit::new(&config),
            public_lane: PublicLane::start().map_err(HostError::Runtime)?,
            public_answers: KeptAnswers::new(),
            fragments: FragmentCache::default(),
            stranger_rate: StrangerRate::new(config.http.stranger_requests_per_second),
            visitor_limits: VisitorLimits::new(
                config.portal.address_rate_limit_per_second,
                config.portal.address_in_flight_max,
            ),
            batches: BatchLimit::new(config.batch_limit()),
            current: live,
            loader: rulebook,
            log,
            statistics: Statistics::start(&config)?,
            metrics: Metrics::new(),
            traces,
            draining: DrainSignal::default(),
            shadow: Shadow::start().map_err(HostError::Runtime)?,
            callers,
            objections: Arc::new(objections),
            login: open_login(&config, listens)?,
            console: open_console(&config, has_console, listens)?,
            config,
        };
        let (stop, _) = watch::channel(false);
        Ok(Self { app: Arc::new(app), public, tls, operations, connections_max, access, exporter, stop })
    }

    /// The address that portals call.
    ///
    /// # Errors
    /// If the system doesn't know it.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.public.local_addr()
    }

    /// The address of health, readiness and metrics.
    ///
    /// # Errors
    /// If the system doesn't know it.
    pub fn operations_address(&self) -> std::io::Result<SocketAddr> {
        self.operations.local_addr()
    }

    /// The handle that stops it.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Serves until the host is stopped, then lets requests in flight finish. Before that `/readyz` turns red.
    pub async fn run(self) {
        let http = self.app.config.http.clone();
        let public = LoadShed::enabled(Arc::clone(&self.app), api::router(Arc::clone(&self.app), pages(&self.app)));
        let operations = LoadShed::disabled(operations::router(Arc::clone(&self.app), self.access));
        let (ended, until_end) = watch::channel(false);
        let delay = Duration::from_millis(http.drain_delay_ms);
        let drain = async {
            let mut stopped = self.stop.subscribe();
            // The sender lives as long as this host.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            self.app.draining.begin();
            tracing::info!(serving_for = ?delay, "stopping: /readyz is red from now on");
            tokio::time::sleep(delay).await;
            tracing::info!("draining: requests in flight finish, and the host takes no new ones");
        };
        let expiry = tokio::spawn(run_expiry(Arc::clone(&self.app)));
        let objections = tokio::spawn(run_upkeep(Arc::clone(&self.app)));
        let limited = Arc::clone(&self.app);
        let watch = tokio::spawn(async move { limited.concurrency_limit.watch_threads().await });
        if let Some(exporter) = self.exporter {
            tokio::spawn(exporter.run());
        }
        let reading = self.tls.clone().map(|certificates| tokio::spawn(run_certificate_rereads(certificates)));
        let per_address_max = http.connections_per_address_max;
        let of_portals = ConnectionLimit::new(self.connections_max, per_address_max);
        let of_operations = ConnectionLimit::new(http.connections_max.min(OPERATIONS_CONNECTIONS_MAX), per_address_max);
        // Where the system has no file left, portals' silent connections give way, also to the operations address.
        let file_shortage =
            Arc::new(FileShortage { connections: Arc::clone(&of_portals), reports: ReportInterval::default() });
        let portals = BoundedListener::new(self.public, &of_portals, &file_shortage);
        let operators = BoundedListener::new(self.operations, &of_operations, &file_shortage);
        let serving = async {
            serve(portals, public, self.tls, &http, drain).await;
            if let Some(reading) = reading {
                reading.abort();
            }
            ended.send_replace(true);
        };
        let watching = serve(operators, operations, None, &http, wait_for(until_end));
        tokio::join!(serving, watching);
        expiry.abort();
        objections.abort();
        watch.abort();
        publish_log(self.app).await;
        tracing::info!("ended");
    }
}

/// Opens the decision log with its key, which is made for a new log.
fn open_log(config: &DecisionLogConfig) -> Result<DecisionLog, HostError> {
    let key = || {
        let tree = TileFolder::new(tree_path(&config.path));
        let key = open_key_file(&key_file(config), config.name.as_deref(), &tree).map_err(std::io::Error::other)?;
        tracing::info!(key = key.verifier().to_text(), "this key verifies the checkpoints of the decision log");
        Ok(key)
    };
    let log = DecisionLog::open(&config.path, config.sync, key).map_err(|source| log_error(config, source))?;
    Ok(log.with_ids(RecordIds::new(config.host_number)))
}

fn key_file(config: &DecisionLogConfig) -> PathBuf {
    config.key.clone().unwrap_or_else(|| key_path(&config.path))
}

fn log_error(config: &DecisionLogConfig, source: std::io::Error) -> HostError {
    HostError::DecisionLog { path: config.path.clone(), source }
}

/// Checks that the keys, certificates and addresses which the settings name can be used, as [`Host::bind`] will use
/// them.
///
/// # Errors
/// [`HostError`] for the first that can't.
pub fn check_config(config: &HostConfig) -> Result<(), HostError> {
    Callers::new(config)?;
    OperationsAccess::open(config)?;
    check_logs(config)?;
    config.tls.as_ref().map(Certificates::open).transpose()?;
    Traces::open(&config.telemetry)?;
    open_login(config, config.listen.address)?;
    let log = &config.decision_log;
    let read = read_key_file(&key_file(log), log.name.as_deref());
    read.map(drop).map_err(|error| log_error(log, std::io::Error::other(error)))
}

/// Publishes the records of the last second.
async fn publish_log(app: Arc<App>) {
    let Some(tree) = app.log.tree().map(Arc::clone) else { return };
    match tokio::task::spawn_blocking(move || tree.publish()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the tree of the decision log can't be published"),
        Err(error) => tracing::error!(%error, "the tree of the decision log wasn't published"),
    }
}

/// How often the host looks whether the certificates have changed.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(2);

async fn run_certificate_rereads(certificates: Arc<Certificates>) {
    loop {
        tokio::time::sleep(CERTIFICATES_EVERY).await;
        let certificates = Arc::clone(&certificates);
        // A panic while reading leaves the certificates as they were.
        let _ = tokio::task::spawn_blocking(move || certificates.reread()).await;
    }
}

/// How often old revisions, kept replies, and an overload after which no request comes, expire.
const EXPIRE_EVERY: Duration = Duration::from_secs(1);

async fn run_expiry(app: Arc<App>) {
    loop {
        tokio::time::sleep(EXPIRE_EVERY).await;
        app.current.expire();
        if let Some(loader) = &app.loader {
            loader.revoke(&app.current);
        }
        app.fragments.expire(&app.current.engine());
        app.concurrency_limit.expire();
        app.callers.all().for_each(|caller| caller.kept_replies.expire(Instant::now()));
    }
}

async fn wait_for(mut flag: watch::Receiver<bool>) {
    let _ = flag.wait_for(|set| *set).await;
}

/// The most connections that wait to be accepted, if the system allows as many.
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

/// What all connections of a listener share.
#[derive(Clone)]
struct Serving {
    builder: Builder<TokioExecutor>,
    /// How long a client may take to send its headers, and to read.
    header_time: Duration,
    write_time: Duration,
}

impl Serving {
    fn new(http: &HttpConfig) -> Self {
        let header_time = Duration::from_millis(http.header_ms);
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(header_time);
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256).keep_alive_interval(header_time);
        Self { builder, header_time, write_time: Duration::from_millis(http.write_ms) }
    }

    /// Serves a connection to its end. Until it sends anything, the end of the host ends it at once.
    async fn connection(
        self,
        stream: TcpStream,
        tls: Option<TlsAcceptor>,
        routes: LoadShed,
        watcher: Watcher,
        is_closing: impl Future<Output = ()>,
    ) {
        // A silent connection is closed after the header timeout, or immediately on shutdown.
        let opened = tokio::select! {
            biased;
            opened = tokio::time::timeout(self.header_time, open(stream, tls)) => opened,
            () = is_closing => return,
        };
        let unread = routes.unread();
        match opened {
            Ok(Some(Connection::Plain(stream))) => {
                let stream = TokioIo::new(TimeoutStream::new(stream, self.write_time, self.header_time, unread));
                // A client that goes away or sends no HTTP has ended only its own connection.
                let _ = watcher.watch(self.builder.serve_connection(stream, routes).into_owned()).await;
            }
            Ok(Some(Connection::Tls(stream))) => {
                let routes = routes.with_peer(peer_subject(&stream));
                let stream = TokioIo::new(TimeoutStream::new(*stream, self.write_time, self.header_time, unread));
                let _ = watcher.watch(self.builder.serve_connection(stream, routes).into_owned()).await;
            }
            Ok(None) | Err(_) => {}
        }
    }
}

/// Serves one listener until `until`, then waits for its requests.
async fn serve(
    mut listener: BoundedListener,
    routes: LoadShed,
    tls: Option<Arc<Certificates>>,
    http: &HttpConfig,
    until: impl Future<Output = ()>,
) {
    let (graceful, (closing, _)) = (GracefulShutdown::new(), watch::channel(false));
    let serving = Serving::new(http);
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut until => break,
        };
        let Some((stream, address, slot)) = accepted else { continue };
        let tls = tls.as_ref().map(|certificates| certificates.acceptor());
        let routes = routes.clone().with_connection(slot.handle(), address, UnreadSignal::default());
        let is_closing = wait_for(closing.subscribe());
        let connection = serving.clone().connection(stream, tls, routes, graceful.watcher(), is_closing);
        tokio::spawn(async move {
            tokio::select! {
                () = connection => {}
                () = slot.must_close() => {}
            }
        });
    }
    drop(listener);
    closing.send_replace(true);
    if tokio::time::timeout(Duration::from_millis(http.drain_ms), graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still in flight at the end");
    }
}

/// A connection on which the client has sent its first bytes.
enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Waits for the first bytes of the client, and for the TLS handshake if the listener uses TLS.
async fn open(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Connection> {
    match tls {
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Some(Connection::Tls(Box::new(stream))),
            Err(error) => {
                tracing::debug!(target: "ordinance", %error, "the TLS handshake failed");
                None
            }
        },
        None => match stream.peek(&mut [0]).await {
            Ok(1..) => Some(Connection::Plain(stream)),
            Ok(0) | Err(_) => None,
        },
    }
}

/// A listener with the limit on its connections.
struct BoundedListener {
    listener: TcpListener,
    limit: Arc<ConnectionLimit>,
    file_shortage: Arc<FileShortage>,
}

/// What all listeners do where the system has no file for another connection.
struct FileShortage {
    /// The connections of which a silent one gives way.
    connections: Arc<ConnectionLimit>,
    /// The reports that a connection can't be accepted.
    reports: ReportInterval<()>,
}

/// How long the host waits before it tries again to accept.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

impl BoundedListener {
    fn new(listener: TcpListener, limit: &Arc<ConnectionLimit>, file_shortage: &Arc<FileShortage>) -> Self {
        Self { listener, limit: Arc::clone(limit), file_shortage: Arc::clone(file_shortage) }
    }

    /// The next connection, once the limit on connections allows it.
    async fn accept(&mut self) -> Option<(TcpStream, AddressBlock, ConnectionSlot)> {
        match self.listener.accept().await {
            Ok((stream, address)) => {
                let address = AddressBlock::from(address.ip());
                // Responses are small; waiting to fill a packet only adds to latency.
                let _ = stream.set_nodelay(true);
                // One beyond the bound of its address is closed here.
                self.limit.admit(address).await.map(|slot| (stream, address, slot))
            }
            Err(error) => {
                self.file_shortage.report(&error);
                let has_no_file =
                    Errno::from_io_error(&error).is_some_and(|errno| [Errno::MFILE, Errno::NFILE].contains(&errno));
                if has_no_file {
                    // Nothing may be silent; then it is tried again all the same.
                    let _ = tokio::time::timeout(ACCEPT_AGAIN, self.file_shortage.connections.make_room()).await;
                } else {
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
                None
            }
        }
    }
}

impl FileShortage {
    fn report(&self, error: &std::io::Error) {
        if self.reports.is_due(()) {
            tracing::warn!(
                %error,
                "a connection can't be accepted, so a silent one gives way if files are lacking; raise the limit on \
                 open files, or lower http.connections-max (said once a minute)"
            );
        }
    }
}
