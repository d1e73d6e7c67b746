//! What a citizen reads of a receipt: the reply around it, what `receipt verify` tells, and the page to print.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::Country;
use crate::receipts::{decide_with_receipt, host_of, list_log};
use crate::support::{Reply, Server, agent, edit, plugins_rulebook, run, scratch, text_of};

/// A receipt in a folder, and what commands say of it.
struct Received {
    folder: TempDir,
}

impl Received {
    fn new(reply: &Value) -> Self {
        let received = Self { folder: scratch() };
        fs::write(received.file(), reply.to_string()).unwrap();
        received
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("receipt.json")
    }

    fn page(&self) -> PathBuf {
        self.folder.path().join("receipt.html")
    }

    fn verify(&self, words: &[&str]) -> (Option<i32>, String) {
        let verified = run(&[&["receipt", "verify", self.file().to_str().unwrap()], words].concat());
        (verified.status.code(), text_of(&verified))
    }

    /// The page, or what the command said instead.
    fn make_page(&self, words: &[&str]) -> Result<String, String> {
        let (file, page) = (self.file(), self.page());
        let _ = fs::remove_file(&page);
        let made =
            run(&[&["receipt", "page", file.to_str().unwrap(), "--out", page.to_str().unwrap()], words].concat());
        if made.status.success() {
            return Ok(fs::read_to_string(page).unwrap());
        }
        assert_eq!(made.status.code(), Some(1), "{}", text_of(&made));
        assert!(!page.exists(), "a page of a receipt that doesn't hold");
        Err(text_of(&made))
    }
}

fn root_of(country: &Country, code: &str) -> String {
    country.path(&format!("repositories/{code}/metadata/1.root.json")).display().to_string()
}

/// A receipt of a host that lists its log, and the country whose law it applied.
fn signed_receipt() -> (Country, Received) {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    list_log(&country, &server);
    let received = Received::new(&decide_with_receipt(&server, 80));
    (country, received)
}

/// The reply with a receipt of a host whose rulebook nobody signed, in a language.
fn unsigned_reply(language: &str) -> Value {
    let server = Server::start(plugins_rulebook(), "");
    let facts = json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false, "disability_kind": "physical"});
    let body = json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": facts, "receipt": true});
    let request = agent().post(format!("{}/v1/decisions", server.address)).header("accept-language", language);
    let reply = Reply::read(request.header("content-type", "application/json").send(body.to_string()));
    reply.assert_status(200);
    reply.json()
}

#[test]
fn a_page_is_made_of_a_receipt_that_holds_alone_and_says_by_which_root_and_when() {
    let (country, received) = signed_receipt();
    let root = root_of(&country, "CN");
    let keys = country.good("ordinance trust show repositories/CN --root repositories/CN/metadata/1.root.json");
    let key = keys.split("2 of ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    for (language, parts) in [
        ("en", ["<html lang=\"en\"", "What was checked", "the nation (CN), version 1", "150.00 yuan a month"]),
        ("zh", ["<html lang=\"zh\"", "核验时间", "the nation（CN），第1版", "每月150.00元"]),
    ] {
        let page = received.make_page(&["--trust", &root, "--language", language]).unwrap();
        for part in parts.into_iter().chain(["<svg", "Old-age ordinance of Yantai (example)", &key]) {
            assert_contains(&page, part);
        }
        assert_lacks(&page, "class=\"warning\"");
    }
    let other = received.make_page(&["--trust", &root_of(&country, "CN-37")]).unwrap_err();
    assert_contains(&other, "the receipt doesn't hold");
    let reply: Value = serde_json::from_slice(&fs::read(received.file()).unwrap()).unwrap();
    let mut altered = reply.clone();
    altered["grant"]["amount"] = json!("950.00");
    fs::write(received.file(), altered.to_string()).unwrap();
    let refused = received.make_page(&["--trust", &root]).unwrap_err();
    assert_contains(&refused, "the reply around the receipt was altered: grant, amount (/grant/amount)");
    let forged = reply.to_string().replace("\\\"150.00\\\"", "\\\"950.00\\\"");
    fs::write(received.file(), forged).unwrap();
    let refused = received.make_page(&["--trust", &root]).unwrap_err();
    assert_contains(&refused, "the record commits to another request or another answer");
}

#[test]
fn a_receipt_of_unsigned_law_has_a_page_only_by_the_key_of_the_log_and_nobody_vouches_for_it() {
    let reply = unsigned_reply("zh");
    let received = Received::new(&reply);
    let country = Country::that_publishes();
    let refused = received.make_page(&["--trust", &root_of(&country, "CN")]).unwrap_err();
    assert_contains(&refused, "nobody signed the law that it rests on");
    let without = run(&["receipt", "page", received.file().to_str().unwrap(), "--out", "x.html"]);
    assert_eq!(without.status.code(), Some(2), "{}", text_of(&without));
    let key = reply["receipt"]["log"]["key"].as_str().unwrap();
    // Without --language it is in that of the receipt.
    let page = received.make_page(&["--log-key", key]).unwrap();
    for part in
        ["<html lang=\"zh\"", "无人为本决定所适用的法律作保", "没有签名", "山东省（CN-37）", "符合条件", "2026年3月1日"]
    {
        assert_contains(&page, part);
    }
    let english = received.make_page(&["--log-key", key, "--language", "en"]).unwrap();
    assert_contains(&english, "nobody vouches for the law by which this was decided");
    let (code, said) = received.verify(&["--log-key", key, "--language", "en"]);
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, "no authority signed the law that was applied, and nobody vouches for it");
}

/// The text of a page between its tags, without its style and drawing.
fn text_of_page(page: &str) -> String {
    let body = page.split("<h1").nth(1).unwrap();
    body.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_chinese_page_has_no_word_of_the_english_one_but_what_the_law_and_the_log_say() {
    let reply = unsigned_reply("zh");
    let received = Received::new(&reply);
    let key = reply["receipt"]["log"]["key"].as_str().unwrap();
    let page = text_of_page(&received.make_page(&["--log-key", key]).unwrap());
    let english = text_of_page(&received.make_page(&["--log-key", key, "--language", "en"]).unwrap());
    let lines: Vec<&str> = english.lines().filter(|line| line.contains(' ')).collect();
    assert!(lines.len() > 20, "{english}");
    for line in lines.into_iter().filter(|line| !line.starts_with("ordinance ")) {
        assert!(!page.lines().any(|chinese| chinese == line), "{line}");
    }
}

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

#[test]
fn names_and_titles_of_signed_law_are_those_of_its_definitions_in_the_language_of_the_reader() {
    let country = Country::that_publishes();
    for (file, from, to) in [
        ("rulebook.toml", "en = \"Yantai\"", "en = \"Yantai\", zh = \"烟台市\""),
        ("facts.toml", "en = \"Age\"", "en = \"Age\", zh = \"年龄\""),
        (
            "services/old-age-allowance.toml",
            "en = \"Old-age allowance\"",
            "en = \"Old-age allowance\", zh = \"高龄津贴\"",
        ),
        ("services/old-age-allowance.toml", "en = \"Monthly amount\"", "en = \"Monthly amount\", zh = \"津贴标准\""),
    ] {
        edit(&country.path(&format!("nation/{file}")), from, to);
    }
    country.good("ordinance publish nation --to repositories/CN --key keys/cn-publish");
    let server = host_of(&country, "");
    list_log(&country, &server);
    let received = Received::new(&decide_with_receipt(&server, 80));
    let root = root_of(&country, "CN");
    let (code, said) = received.verify(&["--trust", &root, "--language", "zh"]);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "  事项：高龄津贴（old-age-allowance）\n",
        "  地区：烟台市（CN-3706）\n",
        "  给予：津贴标准：每月150.00元\n",
        "  年龄：80岁\n",
        " 北京时间（UTC+8）\n",
    ] {
        assert_contains(&said, line);
    }
    assert_lacks(&said, "以代码表示");
    let page = received.make_page(&["--trust", &root, "--language", "zh"]).unwrap();
    for part in ["高龄津贴（old-age-allowance）", ">年龄</dt>", "烟台市（CN-3706）", "北京时间（UTC+8）"]
    {
        assert_contains(&page, part);
    }
}
