//! The engine and the dialogue as one component for browsers, so that a page decides a case without sending a fact to a
//! host.
//!
//! The page gives the law (files of a rulebook and the types of its rules) and calls the rules; this crate does
//! everything else as a host does, by the same code. It knows no network, and nothing is kept beside the law.
//! Elsewhere than on Wasm it is empty.
#![cfg(target_family = "wasm")]
#![allow(unreachable_pub, reason = "the macro of the border writes such items")]

mod answer;
mod bindings;
mod browser_error;
mod open_law;

use std::cell::RefCell;

use ordinance_pages::ReadingLanguage;

use self::bindings::{EngineError, Guest, Law};
use self::browser_error::BrowserError;
use self::open_law::OpenLaw;

thread_local! {
    /// The law that the page has opened.
    static OPENED: RefCell<Option<OpenLaw>> = const { RefCell::new(None) };
}

struct Browser;

impl Guest for Browser {
    fn open(law: Law) -> Result<(), EngineError> {
        let opened = OpenLaw::of(law).map_err(engine_error)?;
        OPENED.with_borrow_mut(|law| *law = Some(opened));
        Ok(())
    }

    fn step(form: Vec<u8>, language: String) -> Result<String, EngineError> {
        let language = ReadingLanguage::of_tag(&language).unwrap_or(ReadingLanguage::En);
        with_law(|law| law.step(&form, language))
    }

    fn decide(as_of: String, known_at: Option<String>, facts: String) -> Result<String, EngineError> {
        with_law(|law| law.decide(&as_of, known_at.as_deref(), &facts))
    }
}

fn with_law(ask: impl FnOnce(&OpenLaw) -> Result<String, BrowserError>) -> Result<String, EngineError> {
    OPENED.with_borrow(|law| match law {
        Some(law) => ask(law).map_err(engine_error),
        None => Err(engine_error(BrowserError::NoLaw)),
    })
}

fn engine_error(error: BrowserError) -> EngineError {
    EngineError { message: error.to_string() }
}

bindings::export!(Browser with_types_in bindings);
