//! What a rule changes for the people of a sample, as a review found it, on the console.

use std::fs;

use super::of_all_places;
use super::supervisor::Supervisor;
use crate::assertions::assert_contains;
use crate::expression_changes::two_books;
use crate::support::{Server, copy_folder, run, scratch};

#[test]
fn a_rule_shows_who_gains_by_it_what_it_costs_and_on_which_condition_and_number() {
    let folder = scratch();
    let changes = [("then 200.00", "then 250.00"), ("value = 80", "value = 85")];
    let (book, changed) = two_books(folder.path(), &changes);
    let case = |age: u32, outcome: &str| {
        format!(
            "[[cases]]\nname = \"{age}\"\nas_of = 2026-06-01\nfacts = {{ age = {age}, residence = \"registered\" }}\n\
             expect = {outcome}\n"
        )
    };
    let granted = case(90, "{ outcome = \"eligible\", grant = { amount = \"250.00\" } }");
    let refused = case(82, "{ outcome = \"ineligible\" }");
    fs::write(changed.join("N/benefit/cases/a.toml"), format!("{granted}{refused}")).unwrap();
    let served = folder.path().join("served");
    let reviewed = ["review", changed.to_str().unwrap(), "--against", book.to_str().unwrap()];
    let out = folder.path().join("review");
    run(&[&reviewed[..], &["--out", out.to_str().unwrap()]].concat());
    copy_folder(&changed.join("target/rulebook"), &served);
    let server = Server::start(&served, &of_all_places());
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let page = supervisor.get("/console/rules/N:benefit@1.0.0").assert_page(200);
    let row = |cells: &[&str]| {
        let ends = ["</th>"].into_iter().chain(std::iter::repeat("</td>"));
        let cells: Vec<String> = cells.iter().zip(ends).map(|(cell, end)| format!("{cell}{end}")).collect();
        let (_, impact) = page.text.split_once("Impact</h2>").unwrap();
        let rows = impact.split("<tr").filter(|row| cells.iter().all(|cell| row.contains(cell.as_str())));
        assert_eq!(rows.count(), 1, "{cells:?}: {}", page.text);
    };
    assert_contains(&page.text, "Of the people of the sample, 2 get another outcome");
    row(&["gains", "1"]);
    row(&["loses", "1"]);
    row(&["", "320.00", "250.00"]);
    row(&["80 → 85"]);
    row(&["Old enough", "Act, 1", "1"]);
    assert_contains(&supervisor.reading("zh").get("/console/rules/N:benefit@1.0.0").text, "谁得益，谁受损");
}
