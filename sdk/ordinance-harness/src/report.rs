//! Reports: HTML pages, and JUnit XML for build servers.

mod amounts_section;
mod comparison;
mod explanation_page;
mod failures;
mod impact_page;
mod impact_section;
mod junit;
mod law_changes;
mod naming;
mod origin;
mod page;
mod review_page;
mod review_report;
mod rule_blocks;
mod rule_results;
mod summary;
mod tables;
mod test_page;
mod test_report;
mod words;

pub use self::comparison::{ComparedPeople, PopulationComparison};
pub use self::explanation_page::explanation_html;
pub use self::impact_page::impact_html;
pub use self::junit::junit_xml;
pub use self::review_page::review_html;
pub use self::review_report::ReviewReport;
pub use self::test_page::test_report_html;
pub use self::test_report::{CaseLocation, CaseView, Defect, TestRecord, TestReport};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ordinance_domain::titles::Titles;
    use ordinance_pages::ReadingLanguage;

    use super::*;
    use crate::test_result::{Difference, DifferingPart, Reason, TestFailure, TestResult};

    fn report() -> TestReport {
        let reason = Reason {
            item: None,
            jurisdiction: "N".to_owned(),
            criterion: "old-enough".to_owned(),
            status: "not satisfied",
            titles: Titles::new(BTreeMap::from([("en".to_owned(), "Is 60 or older".to_owned())])),
            provision: None,
        };
        let failure = TestFailure {
            differences: vec![Difference::new(DifferingPart::Outcome, "eligible", "ineligible & \"<so>\"")],
            reasons: vec![reason],
            intermediates: Vec::new(),
            withheld: Vec::new(),
            not_in_force: Vec::new(),
            failed_rules: Vec::new(),
        };
        let location = CaseLocation { file: "N/benefit/cases/a.toml".to_owned(), line: 7 };
        let case = |name: &str, result| TestRecord {
            group: "N/benefit".to_owned(),
            name: name.to_owned(),
            location: location.clone(),
            facts: vec![("age".to_owned(), "59 & some".to_owned())],
            result,
        };
        TestReport {
            command: "ordinance test rules".to_owned(),
            day: "2026-01-01".to_owned(),
            cases: vec![
                case("one", TestResult::Passed),
                case("two <of> many", TestResult::Failed(failure)),
                case("three", TestResult::Unusable("no such fact".to_owned())),
            ],
            ..TestReport::default()
        }
    }

    #[test]
    fn the_page_shows_each_failure_with_its_article_and_reaches_no_network() {
        let page = test_report_html(&report(), None, ReadingLanguage::En);
        for words in [
            "Cases: 1 of 3 passed",
            "2 checks fail",
            "two &lt;of&gt; many",
            "59 &amp; some",
            "ineligible &amp; &quot;&lt;so&gt;&quot;",
            "Is 60 or older",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"), "{page}");
        assert!(!page.contains(" src="), "{page}");
    }

    #[test]
    fn junit_counts_failures_and_errors_and_escapes_what_cases_say() {
        let xml = junit_xml(&report()).unwrap();
        assert!(xml.contains(r#"<testsuite name="N/benefit" tests="3" failures="1" errors="1">"#), "{xml}");
        assert!(xml.contains(r#"name="two &lt;of&gt; many""#), "{xml}");
        assert!(xml.contains("no such fact"), "{xml}");
    }
}
