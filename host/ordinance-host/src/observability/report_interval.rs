//! Reports that the log gives seldom, however often their cause occurs.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::mutex::lock;

/// How often the log gives the same report.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// When the log last gave each report. `Report` tells reports apart, and has few values.
pub(crate) struct ReportInterval<Report>(Mutex<HashMap<Report, Instant>>);

impl<Report> Default for ReportInterval<Report> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Report: Eq + Hash> ReportInterval<Report> {
    /// Whether the log should give a report now: it didn't within the last minute.
    pub(crate) fn is_due(&self, report: Report) -> bool {
        let now = Instant::now();
        let mut reported = lock(&self.0);
        let is_due = reported.get(&report).is_none_or(|last| now.duration_since(*last) >= REPORT_EVERY);
        if is_due {
            reported.insert(report, now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_report_is_given_once_in_its_time() {
        let reports = ReportInterval::default();
        assert!(reports.is_due("one"));
        assert!(!reports.is_due("one"));
        assert!(reports.is_due("other"));
    }
}
