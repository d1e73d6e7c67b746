//! What a citizen reads of a receipt: the reply around it, what `receipt verify` tells, and the page to print.

use std::fs;

use serde_json::json;

use crate::assertions::assert_contains;
use crate::country::Country;
use crate::receipts::{host_of, list_log};
use crate::support::{run, scratch, text_of};

#[test]
fn a_reply_holds_in_each_form_in_which_the_host_writes_it_and_a_mix_of_forms_does_not() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    list_log(&country, &server);
    let folder = scratch();
    let (path, root) = (folder.path().join("reply.json"), country.path("repositories/CN/metadata/1.root.json"));
    let verify = |reply: &serde_json::Value| {
        fs::write(&path, reply.to_string()).unwrap();
        let verified = run(&["receipt", "verify", path.to_str().unwrap(), "--trust", root.to_str().unwrap()]);
        (verified.status.code(), text_of(&verified))
    };
    for explain in ["full", "short", "none"] {
        let request = json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01",
            "facts": {"age": 80}, "receipt": true, "explain": explain});
        let reply = server.post("/v1/decisions", &request.to_string()).json();
        let (code, said) = verify(&reply);
        assert_eq!(code, Some(0), "{explain}: {said}");
        let mut altered = reply.clone();
        altered["missing"] = json!(["age"]);
        let (code, said) = verify(&altered);
        assert_eq!(code, Some(1), "{explain}: {said}");
        assert_contains(
            &said,
            "missing fact (/missing) is [\"age\"] in the reply, and [] in the answer of the receipt",
        );
        altered = reply.clone();
        altered.as_object_mut().unwrap().remove("rulebook");
        assert_eq!(verify(&altered).0, Some(1), "{explain}");
    }
    let without = json!({"outcome": "eligible", "grant": {"amount": "150.00"}});
    let (code, said) = verify(&without);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "this reply has no receipt");
}
