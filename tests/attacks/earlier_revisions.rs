//! A recipient asks an earlier revision of the rulebook, whose privacy law let it see more.

use std::path::Path;

use serde_json::{Value, json};

use super::{benefit, service_of_reach, withholding};
use crate::assertions::{assert_contains, assert_lacks};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Reply, Server, agent, copy_folder, scratch};

/// Builds a rulebook whose law says this of facts before it permits them.
fn built(folder: &Path, law: &str) -> std::path::PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let guard = permitting(law);
    let law = benefit("N", "100.00");
    write_and_build(folder, &[("N/guard/rule.toml", guard.as_str()), ("N/benefit/rule.toml", law.as_str())])
}

/// Serves a rulebook, reloads another in its place, and decides a case on the first.
fn ask_the_first(before: &str, after: &str) -> (Server, Reply) {
    let folder = scratch();
    let (first, second) = (built(&folder.path().join("first"), before), built(&folder.path().join("second"), after));
    let (server, digest) = serve_the_second(folder.path(), &first, &second);
    let reply = decide(&server, &json!({"rulebook": digest}));
    (server, reply)
}

/// A server that has loaded the second rulebook after the first, and the digest of the first.
pub(crate) fn serve_the_second(folder: &Path, first: &Path, second: &Path) -> (Server, Value) {
    let served = folder.join("served");
    copy_folder(first, &served);
    let server = Server::start(&served, "[reload]\nwatch = false\n");
    let digest = server.get("/v1/rules").json()["rulebook"].clone();
    copy_folder(second, &served);
    Reply::read(agent().post(format!("{}/admin/reload", server.operations)).send_empty()).assert_status(200);
    (server, digest)
}

fn decide(server: &Server, more: &Value) -> Reply {
    let mut body = json!({"jurisdiction": "N", "service": "benefit", "as_of": "2026-01-01", "mode": "simulation",
        "facts": {"age": 67, "resident": true}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.post("/v1/decisions", &body.to_string())
}

/// A revision in which the nation permits and its county withholds for deciding, with a service of this reach.
fn with_strict_county(folder: &Path, reach: &str) -> std::path::PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let (nation, county) = (permitting(""), withholding("N-1"));
    let (service, law) = (service_of_reach(reach), benefit("N", "100.00"));
    write_and_build(
        folder,
        &[
            ("services/benefit.toml", service.as_str()),
            ("N/guard/rule.toml", nation.as_str()),
            ("N-1/guard/rule.toml", county.as_str()),
            ("N/benefit/rule.toml", law.as_str()),
        ],
    )
}

#[test]
fn an_earlier_revision_gives_upper_rules_no_fact_that_the_privacy_law_in_use_takes_from_them() {
    let folder = scratch();
    let by_level = with_strict_county(&folder.path().join("first"), "own-and-lower");
    let strict = with_strict_county(&folder.path().join("second"), "all-levels");
    let (server, digest) = serve_the_second(folder.path(), &by_level, &strict);
    let refused = decide(&server, &json!({"jurisdiction": "N-1", "rulebook": digest}));
    refused.assert_problem(422, "unprocessable-request");
    assert_lacks(&refused.text, "eligible");
}

#[test]
fn an_earlier_revision_shows_nothing_that_the_privacy_law_in_use_does_not() {
    const NOTHING: &str = "";
    const HIDES_AGE: &str = r#"{ fact = "age", says = "withhold", activity = "explain" },"#;
    const BAND_OF_AGE: &str = r#"{ fact = "age", says = "band" },"#;
    const FAILS: &str = r#"{ fact = "age", says = "trap" },"#;
    for (before, after) in [(NOTHING, HIDES_AGE), (NOTHING, BAND_OF_AGE), (NOTHING, FAILS), (BAND_OF_AGE, HIDES_AGE)] {
        let (server, refused) = ask_the_first(before, after);
        refused.assert_problem(422, "unprocessable-request");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/rulebook");
        assert_contains(&refused.text, "privacy law has become stricter on `age`");
        for told in ["100.00", "eligible", "67"] {
            assert_lacks(&refused.text, told);
        }
        decide(&server, &json!({})).assert_status(200);
    }
    // Law that is no stricter hides nothing of before.
    for (before, after) in [(HIDES_AGE, NOTHING), (FAILS, BAND_OF_AGE)] {
        let (_, answered) = ask_the_first(before, after);
        answered.assert_status(200);
        assert_lacks(&answered.json()["grant"].to_string(), "100.00");
    }
}
