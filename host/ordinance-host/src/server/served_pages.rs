//! The pages that a host serves by its settings, and what signs people in at them.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::{any, get};

use crate::api::{Pages, docs, not_found};
use crate::app::App;
use crate::config::HostConfig;
use crate::error::HostError;
use crate::login::{ConsoleLogin, Login};
use crate::pages::assets;
use crate::{console, portal};

/// The pages of the portal, without which `/` leads to the interface, and those of the console.
pub(super) fn pages(app: &App) -> Pages {
    let has_portal = app.config.portal.enabled;
    let pages = match has_portal {
        true => portal::pages(),
        false => Pages { routes: Router::new().route("/", get(docs::redirect)), not_found: any(not_found) },
    };
    let Pages { mut routes, not_found } = pages;
    if app.console.is_some() {
        routes = routes.merge(console::routes());
    }
    if has_portal || app.console.is_some() {
        routes = routes.route("/assets/{name}", get(assets::asset));
    }
    Pages { routes, not_found }
}

/// What signs people in, if the settings say how. People are sent back to the URL by which they reach the host.
pub(super) fn open_login(config: &HostConfig, listens: SocketAddr) -> Result<Option<Login>, HostError> {
    let Some(login) = config.portal.login.as_ref().filter(|_| config.portal.enabled) else { return Ok(None) };
    Login::new(login, &base_of(config, listens)).map(Some)
}

/// What signs callers in at the console, if one of them may use it.
pub(super) fn open_console(
    config: &HostConfig,
    has_console: bool,
    listens: SocketAddr,
) -> Result<Option<ConsoleLogin>, HostError> {
    has_console.then(|| ConsoleLogin::new(&base_of(config, listens))).transpose()
}

/// The URL by which people reach the host.
fn base_of(config: &HostConfig, listens: SocketAddr) -> String {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    config.listen.public_url.clone().unwrap_or_else(|| format!("{scheme}://{listens}"))
}
