//! What a receipt's metadata show to whoever has the root, and what they don't.

use ordinance_engine::definitions::DefinitionFiles;
use ordinance_engine::digest::sha256;
use serde_json::Map;

use crate::tests::{Country, FACTS, RULEBOOK, SERVICE, code, days, now};
use crate::*;

fn definitions(service: &str) -> DefinitionFiles {
    let files = [("rulebook.toml", RULEBOOK), ("facts.toml", FACTS), ("services/allowance.toml", service)];
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

fn evidence_of(country: &Country, places: &[&str]) -> Evidence {
    Evidence::of(&country.update(now()), &places.iter().map(|place| code(place)).collect(), now())
}

/// A nation, its province and the province's city.
fn three_authorities(service: &str) -> (Country, SigningKey, SigningKey) {
    let country = Country::new(service);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let city = country.add(("CN-37", &province), "CN-3706", ("CN-3706", b"city"));
    (country, province, city)
}

#[test]
fn evidence_shows_the_publisher_to_whoever_has_the_root_and_to_nobody_else() {
    let (country, _, _) = three_authorities(SERVICE);
    let evidence = evidence_of(&country, &["CN-3706"]);
    let root = country.root_of("CN");
    let verified = evidence.verify(&root, &definitions(SERVICE), now()).unwrap();
    let publisher = verified.publisher_of(&code("CN-3706"), sha256(b"city")).unwrap();
    assert_eq!(publisher.jurisdiction, code("CN-3706"));
    verified.publisher_of(&code("CN-3706"), sha256(b"other")).unwrap_err();
    assert!(verified.index_of(&code("CN-3706")).unwrap().contains(&sha256(b"city").hex()));
    verified.check_definition("facts.toml", sha256(FACTS.as_bytes())).unwrap();
    let day = "2026-03-01".parse().unwrap();
    let chain = verified.chain(&code("CN-3706"), day, day).unwrap();
    assert_eq!(chain, [code("CN"), code("CN-37"), code("CN-3706")]);
    let late = evidence.verify(&root, &definitions(SERVICE), now() + days(400)).unwrap_err();
    assert!(late.to_string().contains("the metadata of CN"), "{late}");
    let other = Country::new(SERVICE);
    let by_other = evidence.verify(&other.root_of("CN"), &definitions(SERVICE), now()).unwrap_err();
    assert!(matches!(by_other, EvidenceError::Repository { .. }));
}

#[test]
fn definitions_that_the_top_authority_didnt_publish_show_nothing() {
    let (country, _, _) = three_authorities(SERVICE);
    let evidence = evidence_of(&country, &["CN-3706"]);
    let mut moved = definitions(SERVICE);
    let rulebook = RULEBOOK.replace("code = \"CN-44\"\nparent = \"CN\"", "code = \"CN-44\"\nparent = \"CN-3706\"");
    assert_ne!(rulebook, RULEBOOK);
    moved.insert("rulebook.toml".to_owned(), rulebook);
    let refused = evidence.verify(&country.root_of("CN"), &moved, now()).unwrap_err();
    assert!(refused.to_string().contains("no authority that may published `rulebook.toml`"), "{refused}");
    let mut lacking = definitions(SERVICE);
    lacking.remove("rulebook.toml");
    let refused = evidence.verify(&country.root_of("CN"), &lacking, now()).unwrap_err();
    assert!(matches!(refused, EvidenceError::Definitions(_)), "{refused}");
}

#[test]
fn an_authority_that_delegates_a_place_that_isnt_below_it_shows_nothing_of_that_place() {
    let (country, _, city) = three_authorities(SERVICE);
    // The city makes a repository of Guangdong with keys of its own, and delegates it.
    country.add(("CN-3706", &city), "CN-44", ("CN-44", b"forged"));
    let evidence = Evidence::read(&["CN", "CN-37", "CN-3706", "CN-44"].map(|place| (place, country.path(place))));
    let refused = evidence.verify(&country.root_of("CN"), &definitions(SERVICE), now()).unwrap_err();
    assert!(matches!(refused, EvidenceError::NotBelow { .. }), "{refused}");
    assert!(refused.to_string().contains("CN-3706 delegates CN-44, which isn't below it"), "{refused}");
}

#[test]
fn an_upper_authority_doesnt_make_the_law_of_a_place_that_has_one_of_its_own() {
    let (country, province, _) = three_authorities(SERVICE);
    let mut editor = country.open("CN-37");
    let name = format!("rules/CN-3706/{}.wasm", sha256(b"usurped").hex());
    editor.set_target(&name, b"usurped", Map::new()).unwrap();
    // As a receipt may be forged: the index of the province says nothing of it.
    editor.remove_target(ordinance_engine::index::INDEX_FILE);
    editor.remove_target(&format!("rules/CN-37/{}.wasm", sha256(b"province").hex()));
    editor.publish(&[province], Validity::default(), now()).unwrap();
    let evidence = Evidence::read(&[("CN", country.path("CN")), ("CN-37", country.path("CN-37"))]);
    let verified = evidence.verify(&country.root_of("CN"), &definitions(SERVICE), now()).unwrap();
    let refused = verified.publisher_of(&code("CN-3706"), sha256(b"usurped")).unwrap_err();
    assert!(matches!(refused, EvidenceError::NotPublished { .. }), "{refused}");
}

#[test]
fn a_log_counts_for_the_places_of_those_who_list_it_alone() {
    let (country, _, city) = three_authorities(SERVICE);
    let mut editor = country.open("CN-3706");
    editor.list_log("city.test/1+00000000+AAAA", "city.test/1").unwrap();
    editor.publish(&[city], Validity::default(), now()).unwrap();
    let evidence = evidence_of(&country, &["CN-3706"]);
    let verified = evidence.verify(&country.root_of("CN"), &definitions(SERVICE), now()).unwrap();
    assert!(verified.lists_log("city.test/1+00000000+AAAA", &code("CN-3706")));
    for place in ["CN", "CN-37", "CN-44"] {
        assert!(!verified.lists_log("city.test/1+00000000+AAAA", &code(place)), "{place}");
    }
}

#[test]
fn evidence_says_which_approvals_a_rule_needs() {
    let reserved =
        format!("{SERVICE}[[approvals]]\nby = \"CN-37\"\nprovision = {{ document = \"Law\", article = \"9\" }}\n");
    let (country, _, _) = three_authorities(&reserved);
    let evidence = evidence_of(&country, &["CN-3706"]);
    let verified = evidence.verify(&country.root_of("CN"), &definitions(&reserved), now()).unwrap();
    let needed = verified.needed_approvals("allowance", &code("CN-3706")).unwrap();
    assert_eq!(needed.iter().map(|needed| &needed.by).collect::<Vec<_>>(), [&code("CN-37")]);
    assert!(verified.needed_approvals("allowance", &code("CN-37")).unwrap().is_empty());
    assert!(!verified.approves(&code("CN-37"), &code("CN-3706"), sha256(b"city")));
    verified.needed_approvals("other", &code("CN-3706")).unwrap_err();
}
