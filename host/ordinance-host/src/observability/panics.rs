//! The report of a panic in the operator's log: where it happened, and nothing else. A panic's own message can repeat
//! the value that caused it, which may be a fact.

use std::panic::PanicHookInfo;

use crate::observability::request_id::LogIdentity;

/// Replaces the process's panic hook by one that logs the place in the source without the message.
pub(crate) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let _ids = LogIdentity::span().entered();
        tracing::error!(target: "ordinance", at = place_of(info), "panic");
    }));
}

/// `FILE:LINE:COLUMN` of a panic.
fn place_of(info: &PanicHookInfo<'_>) -> String {
    info.location().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_panic_is_reported_by_its_place_alone() {
        let (places, received) = channel();
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match std::thread::current().name() {
            Some("with a secret") => places.send(place_of(info)).unwrap(),
            Some(_) | None => others(info),
        }));
        let thread = std::thread::Builder::new().name("with a secret".to_owned());
        let secret = "110101199003074518";
        assert!(thread.spawn(move || panic!("no fact is {secret}")).unwrap().join().is_err());
        let place = received.recv().unwrap();
        assert!(place.contains("panics.rs:"), "{place}");
        assert!(!place.contains(secret), "{place}");
    }
}
