//! A report as JUnit XML, as most servers that build software read it.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::test_report::TestReport;
use crate::test_result::{TestFailure, TestResult};

/// The report as XML: a suite for each group; a case that can't be put to the rulebook is an error.
///
/// # Errors
/// None that depends on the report; writing to memory doesn't fail.
pub fn junit(report: &TestReport) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.create_element("testsuites").with_attribute(("name", report.command.as_str())).write_inner_content(
        |writer| {
            for (group, cases) in report.groups() {
                let count =
                    |is: fn(&TestResult) -> bool| cases.iter().filter(|case| is(&case.result)).count().to_string();
                let failures = count(|result| matches!(result, TestResult::Failed(_)));
                let errors = count(|result| matches!(result, TestResult::Unusable(_)));
                let tests = cases.len().to_string();
                let suite = writer.create_element("testsuite").with_attributes([
                    ("name", group),
                    ("tests", tests.as_str()),
                    ("failures", failures.as_str()),
                    ("errors", errors.as_str()),
                ]);
                suite.write_inner_content(|writer| {
                    for case in &cases {
                        let line = case.at.line.to_string();
                        let element = writer.create_element("testcase").with_attributes([
                            ("classname", group),
                            ("name", case.name.as_str()),
                            ("file", case.at.file.as_str()),
                            ("line", line.as_str()),
                        ]);
                        match &case.result {
                            TestResult::Passed => element.write_empty()?,
                            TestResult::Failed(failure) => {
                                element.write_inner_content(|writer| write(writer, "failure", &in_words(failure)))?
                            }
                            TestResult::Unusable(why) => {
                                element.write_inner_content(|writer| write(writer, "error", why))?
                            }
                        };
                    }
                    Ok(())
                })?;
            }
            Ok(())
        },
    )?;
    Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
}

fn write(writer: &mut Writer<Vec<u8>>, element: &str, text: &str) -> io::Result<()> {
    let message = text.lines().next().unwrap_or_default();
    writer.create_element(element).with_attribute(("message", message)).write_text_content(BytesText::new(text))?;
    Ok(())
}

fn in_words(failure: &TestFailure) -> String {
    let differences = failure.differences.iter().map(ToString::to_string);
    differences.chain(failure.reasons.iter().map(ToString::to_string)).collect::<Vec<_>>().join("\n")
}
