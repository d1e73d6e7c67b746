//! A rule in words: on the terminal and as a page, with its articles, numbers, days and tables.

use std::fs;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{root, run, scratch, text_of};

#[test]
fn a_rule_as_expressions_is_said_in_words_in_the_language_that_is_wanted() {
    let plugins = root().join("plugins");
    let dir = plugins.to_str().unwrap();
    let told = text_of(&run(&["explain", "CN-3706/disability-living-subsidy", "--dir", dir, "--language", "zh"]));
    for words in [
        "烟台市困难残疾人生活补贴",
        "烟台市 (CN-3706)",
        "符合国家规定的补贴条件 [national-conditions]",
        "残疾等级不大于2",
        "disability_grade <= 2",
        "2026-01-01  214.00",
        "下级可以扩大对象范围",
    ] {
        assert_contains(&told, words);
    }
    let english = text_of(&run(&["explain", "CN-3706/disability-living-subsidy", "--dir", dir]));
    assert_contains(&english, "Who is eligible");
    assert_contains(&english, "214.00 from 2026-01-01");
}

#[test]
fn a_rule_in_rust_is_explained_as_far_as_its_manifest_goes() {
    let plugins = root().join("plugins");
    let told = text_of(&run(&["explain", "US-FL/cash-assistance", "--dir", plugins.to_str().unwrap()]));
    assert_contains(&told, "code in another language");
    assert_contains(&told, "Numbers and their days");
}

#[test]
fn a_page_is_one_file_about_one_rule() {
    let folder = scratch();
    let page = folder.path().join("rule.html");
    let path = page.to_str().unwrap();
    let plugins = root().join("plugins");
    let dir = plugins.to_str().unwrap();
    let several = run(&["explain", "CN-3706", "--dir", dir, "--html", path]);
    assert_eq!(several.status.code(), Some(2));
    assert_contains(&text_of(&several), "a page is about one");
    let one = run(&["explain", "CN-3706/disability-living-subsidy", "--dir", dir, "--html", path]);
    assert!(one.status.success(), "{}", text_of(&one));
    let html = fs::read_to_string(page).unwrap();
    assert_contains(&html, "<td>214.00</td>");
    assert_lacks(&html, "<script");
    let none = run(&["explain", "CN-99/nothing", "--dir", dir]);
    assert_contains(&text_of(&none), "there is no rule `CN-99/nothing`");
    for slip in ["US-TN/cash-asistance", "cash-asistance"] {
        let near = run(&["explain", slip, "--dir", dir]);
        assert_contains(&text_of(&near), "cash-assistance`?");
    }
}
