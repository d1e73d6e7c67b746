//! What a host offers to a browser that tries the law out by itself. What the browser does with it: `tests/browser`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::assertions::{assert_contains, assert_lacks};
use crate::portal::browser::{Browser, Page};
use crate::support::{Server, agent, plugins_rulebook, scratch};

const SERVICE: &str = "/places/CN-370602/services/disability-care-subsidy";
const PAGE: &str = "/places/CN-370602/services/disability-care-subsidy/try-out";

/// A folder with the file of a law of this digest, and a host that offers it.
fn host_with_law(digest: &str) -> (tempfile::TempDir, Server) {
    let folder = scratch();
    for name in ["law", "rules", "engine"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join(format!("law/{digest}.json.gz")), b"packed").unwrap();
    let settings = format!("[portal]\ntry-out = \"{}\"\n", folder.path().display());
    let server = Server::start(plugins_rulebook(), &settings);
    (folder, server)
}

fn digest_of_plugins() -> String {
    let index = fs::read(plugins_rulebook().join("index.json")).unwrap();
    ordinance_engine::digest::sha256(&index).hex()
}

fn get(server: &Server, path: &str) -> Page {
    Browser { server, languages: "en" }.get(path)
}

#[test]
fn a_service_can_be_tried_out_where_the_host_has_the_files_of_its_law() {
    let digest = digest_of_plugins();
    let (_folder, server) = host_with_law(&digest);
    assert_contains(&get(&server, SERVICE).text, &format!("href=\"{PAGE}\""));
    let page = get(&server, PAGE);
    assert_eq!(page.status, 200);
    assert_contains(&page.text, &format!("data-rulebook=\"{digest}\""));
    assert_contains(&page.text, "data-recipient-kind=\"portal\"");
    assert_contains(&page.text, "<noscript>");
    let policy = page.header("content-security-policy");
    assert_contains(policy, "form-action 'none'");
    assert_contains(policy, "script-src 'self';");
    assert_lacks(policy, "unsafe");
    // A browser that has the page asks whether it has changed, and takes the policy from the answer.
    let again = agent().get(format!("{}{PAGE}", server.address)).header("accept-language", "en");
    let again = Page::read(again.header("if-none-match", page.header("etag")).call());
    assert_eq!(again.status, 304);
    assert_contains(again.header("content-security-policy"), "script-src 'self';");
    // The rules are those that apply: of each level that has one, and the privacy rules.
    let (_, rules) = page.text.split_once("data-rules=\"").unwrap();
    let rules: Vec<&str> = rules.split('"').next().unwrap().split(' ').collect();
    for rule in &rules {
        assert_eq!(get(&server, &format!("/v1/rules/{rule}")).status, 200);
    }
    assert!(rules.len() > 3, "{rules:?}");
    // The worker alone may run WebAssembly.
    let (_, worker) = page.text.split_once("data-worker=\"").unwrap();
    let worker = get(&server, worker.split('"').next().unwrap());
    assert_eq!(worker.status, 200);
    assert_contains(
        worker.header("content-security-policy"),
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
    );
}

#[test]
fn a_service_of_which_the_host_has_no_files_is_not_offered() {
    let without = Server::start(plugins_rulebook(), "");
    let (_folder, of_another_law) = host_with_law(&"0".repeat(64));
    for server in [&without, &of_another_law] {
        assert_lacks(&get(server, SERVICE).text, "try-out");
        assert_eq!(get(server, PAGE).status, 404);
    }
    assert_eq!(get(&without, &format!("/try-out/law/{}.json", digest_of_plugins())).status, 404);
    // A place or service that the portal is closed to isn't tried out either.
    let folder = scratch();
    fs::create_dir(folder.path().join("law")).unwrap();
    fs::write(folder.path().join(format!("law/{}.json.gz", digest_of_plugins())), b"packed").unwrap();
    let settings = format!("[portal]\njurisdictions = [\"US-TN\"]\ntry-out = \"{}\"\n", folder.path().display());
    let closed = Server::start(plugins_rulebook(), &settings);
    assert_eq!(get(&closed, PAGE).status, 404);
}

#[test]
fn only_the_files_of_the_try_out_are_served() {
    let digest = digest_of_plugins();
    let (folder, server) = host_with_law(&digest);
    let law = get(&server, &format!("/try-out/law/{digest}.json"));
    assert_eq!(law.status, 200);
    assert_eq!(law.header("content-encoding"), "gzip");
    assert_eq!(law.header("cache-control"), "no-cache");
    let secret = folder.path().join("secret");
    fs::write(&secret, "a secret").unwrap();
    symlink(&secret, folder.path().join("rules/00112233445566778899aabbccddeeff.js.gz")).unwrap();
    let paths = [
        "/try-out/rules/00112233445566778899aabbccddeeff.js",
        "/try-out/rules/..%2fsecret",
        "/try-out/rules/ffeeddccbbaa99887766554433221100.wasm",
        "/try-out/secret/0011223344556677.js",
        "/try-out/law/0011223344556677.js",
        "/assets/0011223344556677.js",
    ];
    for path in paths {
        let reply = get(&server, path);
        assert_eq!(reply.status, 404, "{path}");
        assert_lacks(&reply.text, "a secret");
    }
    // After the program has run again, the law names another engine.
    fs::write(folder.path().join(format!("law/{digest}.json.gz")), b"packed again").unwrap();
    assert_contains(&get(&server, &format!("/try-out/law/{digest}.json")).text, "packed again");
}

#[test]
fn a_built_rulebook_tells_the_type_of_each_rule_that_can_run() {
    let folder = plugins_rulebook();
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    let types = |name: &str| Path::new(&folder).join("pages").join(format!("{name}.type.json"));
    for rule in index["rules"].as_array().unwrap() {
        let digest = rule["state"]["built"].as_str().unwrap();
        let told: Value = serde_json::from_slice(&fs::read(types(digest)).unwrap()).unwrap();
        assert!(told["arguments"].is_array(), "{digest}: {told}");
        assert_eq!(told.get("grant").is_some(), rule.get("service").is_some(), "{digest}: {told}");
    }
}
