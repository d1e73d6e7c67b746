//! The pages that `review`, `test --report` and `impact --out` write: what a council reads first are the numbers of the
//! same run, what fails is open, what passes is folded, and no author's text is markup.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::planted::rulebook;
use crate::support::{edit, run, scratch, text_of};

/// A page without its style, so that a failed assertion shows the words.
pub(crate) fn words_of(page: &Path) -> String {
    let page = fs::read_to_string(page).unwrap();
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}")
}

/// Fails if a page runs a script, or loads anything.
#[track_caller]
pub(crate) fn assert_stands_alone(page: &str) {
    assert_contains(page, "content=\"default-src 'none'; style-src 'sha256-");
    for words in ["<script", " src=", "<iframe", "rel=\"stylesheet\"", " style="] {
        assert_lacks(page, words);
    }
}

/// People of the county, of whom two have a child.
fn people(folder: &Path) -> PathBuf {
    let person = |age: u8, children: u8| {
        json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01",
            "facts": {"age": age, "resident": true, "income": "10", "children": children}})
    };
    let people = [person(70, 1), person(65, 2), person(61, 0), person(30, 0)].map(|person| person.to_string());
    let path = folder.join("people.ndjson");
    fs::write(&path, people.join("\n")).unwrap();
    path
}

/// Reviews the swapped rule against the sound one: the page without its style, and the summary for machines.
fn review(folder: &Path, reviewed: &Path, more: &[&str]) -> (String, Value) {
    let (sound, out) = (rulebook(folder, "none"), folder.join("review"));
    let [reviewed, sound, out_of] = [reviewed, &sound, &out].map(|path| path.to_str().unwrap());
    let ran = run(&[&["review", reviewed, "--against", sound, "--out", out_of], more].concat());
    assert_eq!(ran.status.code(), Some(1), "{}", text_of(&ran));
    let summary = serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    (words_of(&out.join("report.html")), summary)
}

/// The part of a page from one heading to the next.
fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("<h2 class=\"govuk-heading-m\" id=\"{id}\">")).unwrap();
    rest.split("<h2 ").next().unwrap()
}

#[test]
fn the_summary_of_a_review_says_the_numbers_of_the_same_run_in_both_languages() {
    let folder = scratch();
    let people = people(folder.path());
    let people = ["--population", people.to_str().unwrap(), "--by", "children"];
    let swapped = rulebook(folder.path(), "swapped");
    for (language, differs, fails, gains, loses, total) in [
        (
            "en",
            "{0} of {1} people get a different outcome.",
            "{0} checks fail",
            "Gain: ",
            "Lose: ",
            "{0} yuan a month becomes {1} yuan a month",
        ),
        ("zh", "{1}人中有{0}人的结果改变。", "有{0}项检查未通过", "得益：", "受损：", "由每月{0}元变为每月{1}元"),
    ] {
        let (page, said) = review(folder.path(), &swapped, &[&people[..], &["--language", language]].concat());
        assert_contains(&page, &format!("<html lang=\"{language}\""));
        let filled = |text: &str, values: [&Value; 2]| {
            let texts = values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            text.replace("{0}", &texts[0]).replace("{1}", &texts[1])
        };
        let all = &said["impact"]["all"];
        let size: u64 = all["people"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        let changed = json!(size - all["people"]["same"].as_u64().unwrap());
        let summary = section(&page, "summary");
        assert_contains(summary, &filled(differs, [&changed, &json!(size)]));
        assert_contains(&page, &filled(fails, [&said["failures"], &Value::Null]));
        assert_contains(summary, &format!("{loses}{}", all["people"]["loses"]));
        assert_contains(summary, &format!("{gains}{}", all["people"].get("gains").unwrap_or(&json!(0))));
        let amount = &all["totals"]["amount"];
        assert_contains(summary, &filled(total, [&amount["old"], &amount["new"]]));
        for part in ["passed", "all"] {
            assert_contains(summary, &said["cases"][part].to_string());
        }
        // The table beside the chart has the same number for each group.
        let group = &said["impact"]["by_column"]["children"]["2"]["people"];
        assert_eq!(group, &json!({"loses": 1}));
        assert_contains(
            section(&page, "gains"),
            "<svg class=\"app-stacked-bars\" role=\"img\" aria-labelledby=\"by-fact-0-title",
        );
        assert_stands_alone(&page);
    }
}

#[test]
fn a_rule_that_fails_is_open_with_its_remedy_and_one_that_passes_is_folded() {
    let folder = scratch();
    let (page, said) = review(folder.path(), &rulebook(folder.path(), "swapped"), &[]);
    let fails = section(&page, "fails");
    assert_contains(fails, "<details class=\"govuk-details app-folded\" open data-rule=\"N-1/benefit\">");
    assert_lacks(fails, "data-rule=\"N/benefit\"");
    assert_contains(section(&page, "holds"), "<details class=\"govuk-details app-folded\" data-rule=\"N/benefit\">");
    // Each failed case stands there, with its place and the command that shows it.
    for case in said["cases"]["failed"].as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        assert_contains(fails, &format!("<h3 class=\"govuk-heading-s\">{name}</h3>"));
        assert_contains(fails, &format!("{}:{}</code>", case["file"].as_str().unwrap(), case["line"]));
    }
    assert_contains(fails, "ordinance trace N-1/benefit --case 'with children more is granted'");
    assert_contains(fails, "How to mend it");
    // Failures come before everything but the summary.
    let at = |id: &str| page.find(&format!("id=\"{id}\"")).unwrap();
    assert!(at("summary") < at("fails"));
    assert!(at("fails") < at("gains"));
}

#[test]
fn without_people_the_page_says_that_nobody_knows_how_many_are_affected() {
    let folder = scratch();
    let swapped = rulebook(folder.path(), "swapped");
    let (page, _) = review(folder.path(), &swapped, &[]);
    assert_contains(section(&page, "summary"), "No population was given");
    assert_lacks(section(&page, "summary"), "yuan a month becomes");
    let (page, _) = review(folder.path(), &swapped, &["--language", "zh"]);
    assert_contains(section(&page, "summary"), "没有提供人口数据");
    assert_lacks(&page, "No population");
}

#[test]
fn the_law_that_changes_is_told_with_its_days_numbers_and_articles() {
    let folder = scratch();
    let raised = rulebook(folder.path(), "swapped");
    let cited = "values = [{ from = 2020-01-01, value = \"100.00\" }, { from = 2027-01-01, value = \"110.00\", \
                 provision = { document = \"Benefit Act\", article = \"6a\" } }]";
    edit(&raised.join("N-1/benefit/rule.toml"), "values = [{ from = 2020-01-01, value = \"100.00\" }]", cited);
    let (page, _) = review(folder.path(), &raised, &[]);
    let summary = section(&page, "summary");
    assert_contains(summary, "The amount without children: 100.00 becomes 110.00 (from 1 January 2027)");
    assert_contains(summary, "Benefit Act 6a");
    let law = section(&page, "law");
    assert_contains(law, "County: Benefit (changed rule)");
    assert_contains(law, "data-label=\"From\">1 January 2027</td>");
    // The nation's rule is the same.
    assert_lacks(law, "Nation: Benefit");
}

#[test]
fn no_text_of_an_author_is_markup_or_an_address_of_a_script() {
    let folder = scratch();
    let hostile = rulebook(folder.path(), "swapped");
    let manifest = hostile.join("N-1/benefit/rule.toml");
    edit(&manifest, "Benefit of the county", "<script>alert(1)</script>");
    edit(&manifest, "Is 60 or older", "</title><img onerror=x>");
    edit(&manifest, "article = \"3\" }", "article = \"<b>3</b>\", url = \"javascript:alert(1)\" }");
    edit(&hostile.join("N-1/benefit/cases/law.toml"), "with children more is granted", "</details><script>1</script>");
    edit(&hostile.join("N-1/benefit/properties.toml"), "who has children gets no less", "<svg onload=x>");
    edit(&hostile.join("rulebook.toml"), "\"County\"", "\"<i>County\"");
    edit(&hostile.join("facts.toml"), "Children in the household", "<u>Children");
    let people = people(folder.path());
    let people = ["--population", people.to_str().unwrap(), "--by", "children"];
    for language in ["en", "zh"] {
        let (page, _) = review(folder.path(), &hostile, &[&people[..], &["--language", language]].concat());
        assert_stands_alone(&page);
        for markup in ["<img", "<i>", "<u>", "<b>", "<svg onload", "href=\"javascript"] {
            assert_lacks(&page, markup);
        }
        for shown in
            ["&lt;script&gt;alert(1)", "&lt;/details&gt;", "&lt;i&gt;County", "&lt;u&gt;Children", "&lt;svg onload"]
        {
            assert_contains(&page, shown);
        }
        let file = folder.path().join("tests.html");
        let flag = format!("html={}", file.display());
        run(&["test", hostile.to_str().unwrap(), "--report", &flag, "--language", language]);
        let page = words_of(&file);
        assert_stands_alone(&page);
        assert_lacks(&page, "<img");
        assert_contains(&page, "&lt;/details&gt;");
    }
}

#[test]
fn the_page_of_a_test_has_the_totals_of_its_run_in_both_languages() {
    let folder = scratch();
    let swapped = rulebook(folder.path(), "swapped");
    let file = folder.path().join("tests.html");
    let flag = format!("html={}", file.display());
    for (language, says, verdict) in
        [("en", "Cases: {0} of {1} passed", "{0} checks fail"), ("zh", "案例：{1}个中有{0}个通过", "有{0}项检查未通过")]
    {
        let ran = run(&["test", swapped.to_str().unwrap(), "--report", &flag, "--language", language, "--json"]);
        let said: Value =
            serde_json::from_slice(ran.stdout.split(|byte| *byte == b'\n').rev().nth(1).unwrap()).unwrap();
        assert_includes(&said, json!({"failed": 2}));
        let (passed, failed) = (said["passed"].as_u64().unwrap(), said["failed"].as_u64().unwrap());
        let page = words_of(&file);
        assert_contains(
            &page,
            &says.replace("{0}", &passed.to_string()).replace("{1}", &(passed + failed).to_string()),
        );
        assert_contains(&page, &verdict.replace("{0}", &failed.to_string()));
        assert_contains(section(&page, "fails"), "open data-rule=\"N-1/benefit\"");
        assert_stands_alone(&page);
    }
    let ran = run(&["test", swapped.to_str().unwrap(), "--report", &flag, "--language", "de"]);
    assert_eq!(ran.status.code(), Some(2));
    assert_contains(&text_of(&ran), "invalid value 'de' for '--language");
}

#[test]
fn cases_of_a_rule_that_cannot_run_fail_on_the_page_too() {
    let folder = scratch();
    let broken = rulebook(folder.path(), "none");
    fs::write(broken.join("N-1/benefit/rule.wasm"), "no component").unwrap();
    let file = folder.path().join("tests.html");
    let ran = run(&["test", broken.to_str().unwrap(), "--report", &format!("html={}", file.display())]);
    assert_eq!(ran.status.code(), Some(1), "{}", text_of(&ran));
    assert_contains(&words_of(&file), "not run, since the rule can't run");
    assert_lacks(&words_of(&file), "All cases pass");
}

#[test]
fn people_are_grouped_only_by_facts_that_a_rulebook_has() {
    let folder = scratch();
    let (sound, people) = (rulebook(folder.path(), "none"), people(folder.path()));
    let [dir, people, out] =
        [&sound, &people, &folder.path().join("review")].map(|path| path.to_str().unwrap().to_owned());
    let common = ["review", &dir, "--against", &dir, "--out", &out, "--by", "shoe_size"];
    let ran = run(&[&common[..], &["--population", &people]].concat());
    assert_eq!(ran.status.code(), Some(2), "{}", text_of(&ran));
    assert_contains(&text_of(&ran), "neither rulebook has a fact `shoe_size`");
    // There are no people to group without a file of them.
    assert_eq!(run(&common).status.code(), Some(2));
}
