//! Who asks for a public answer: whoever it is, its address is known, and what it wants to read.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue, header};

use crate::admission::address_block::AddressBlock;
use crate::api::language::wanted_languages;

/// The address of the peer of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) AddressBlock);

impl PeerAddress {
    /// The address that the connection of a request has put there.
    pub(crate) fn of(extensions: &Extensions) -> AddressBlock {
        extensions.get::<Self>().map_or_else(Self::unknown, |Self(address)| *address)
    }

    /// The address before there is a connection.
    pub(crate) fn unknown() -> AddressBlock {
        AddressBlock::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// The sender of a public request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) address: AddressBlock,
    /// The languages that it wants, the most wanted first.
    pub(crate) languages: Vec<String>,
    /// The tags of the answers that it has.
    has: Option<HeaderValue>,
}

impl Visitor {
    /// The same with one language.
    pub(crate) fn wanting(self, language: String) -> Self {
        Self { languages: vec![language], ..self }
    }

    /// Whether it has the answer with this tag already (RFC 9110, section 13.1.2).
    pub(crate) fn has(&self, tag: &HeaderValue) -> bool {
        let Some(Ok(tags)) = self.has.as_ref().map(HeaderValue::to_str) else { return false };
        tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|one| one == "*" || one.as_bytes() == tag)
    }
}

impl<State: Sync> FromRequestParts<State> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Infallible> {
        Ok(Self {
            address: PeerAddress::of(&parts.extensions),
            languages: wanted_languages(&parts.headers),
            has: parts.headers.get(header::IF_NONE_MATCH).cloned(),
        })
    }
}
