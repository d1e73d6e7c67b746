//! A test report as JUnit XML, which most build servers read.

use std::io;

use ordinance_domain::plain_text::visible;
use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::test_report::{TestRecord, TestReport};
use crate::test_result::{TestFailure, TestResult};

type XmlWriter = Writer<Vec<u8>>;

/// The report as XML: a suite for each group. A test that can't be run counts as an error.
///
/// # Errors
/// Only those of the XML writer. Writing to memory doesn't fail.
pub fn junit_xml(report: &TestReport) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let suites = writer.create_element("testsuites").with_attribute(("name", report.command.as_str()));
    suites.write_inner_content(|writer| {
        report.groups().into_iter().try_for_each(|(group, cases)| write_suite(writer, group, &cases))
    })?;
    // XML forbids most control characters, even escaped.
    Ok(visible(&String::from_utf8_lossy(&writer.into_inner())).into_owned())
}

fn write_suite(writer: &mut XmlWriter, group: &str, cases: &[&TestRecord]) -> io::Result<()> {
    let failures = cases.iter().filter(|case| matches!(case.result, TestResult::Failed(_))).count();
    let errors = cases.iter().filter(|case| matches!(case.result, TestResult::Unusable(_))).count();
    let suite = writer.create_element("testsuite").with_attributes([
        ("name", group),
        ("tests", cases.len().to_string().as_str()),
        ("failures", failures.to_string().as_str()),
        ("errors", errors.to_string().as_str()),
    ]);
    suite.write_inner_content(|writer| cases.iter().try_for_each(|case| write_case(writer, group, case)))?;
    Ok(())
}

fn write_case(writer: &mut XmlWriter, group: &str, case: &TestRecord) -> io::Result<()> {
    let element = writer.create_element("testcase").with_attributes([
        ("classname", group),
        ("name", case.name.as_str()),
        ("file", case.location.file.as_str()),
        ("line", case.location.line.to_string().as_str()),
    ]);
    match &case.result {
        TestResult::Passed => element.write_empty()?,
        TestResult::Failed(failure) => {
            element.write_inner_content(|writer| write_problem(writer, "failure", &render_failure(failure)))?
        }
        TestResult::Unusable(reason) => element.write_inner_content(|writer| write_problem(writer, "error", reason))?,
    };
    Ok(())
}

/// Writes a text, with its first line as the attribute `message`.
fn write_problem(writer: &mut XmlWriter, element: &str, text: &str) -> io::Result<()> {
    let message = text.lines().next().unwrap_or_default();
    writer.create_element(element).with_attribute(("message", message)).write_text_content(BytesText::new(text))?;
    Ok(())
}

fn render_failure(failure: &TestFailure) -> String {
    let differences = failure.differences.iter().map(ToString::to_string);
    differences.chain(failure.explanation()).collect::<Vec<_>>().join("\n")
}
