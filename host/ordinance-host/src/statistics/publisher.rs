//! The thread that counts the decision log and publishes each month once it is over.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use ordinance_domain::calendar::Timestamp;

use crate::admission::thread_priority::give_way;
use crate::clock::now;
use crate::config::HostConfig;
use crate::observability::report_interval::ReportInterval;
use crate::statistics::archive::Archive;
use crate::statistics::counts::Counts;
use crate::statistics::log_follower::{Followed, LogFollower};
use crate::statistics::logged_decision::{LogLine, month_of, read_line};
use crate::statistics::month::Month;
use crate::statistics::published_month::{PublishedMonth, publish};

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How long after its end a month is published. A record has its time before it is written, by seconds.
const GRACE: SignedDuration = SignedDuration::from_hours(1);
/// How much the thread gives way to others, from 0 to 19.
const NICENESS: i32 = 10;

/// The statistics of a host. The thread ends when this is dropped.
pub(crate) struct Statistics {
    edition: Arc<RwLock<Edition>>,
    #[expect(dead_code, reason = "held for its drop")]
    running: Sender<()>,
}

/// Everything that is published at one time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edition {
    /// Another one for each publication of this process.
    pub(crate) number: u64,
    /// The tables, earliest month first.
    pub(crate) tables: Vec<Arc<PublishedMonth>>,
}

/// The month that is published next. It follows from the clock alone, so that it tells nothing of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NextMonth {
    pub(crate) month: Month,
    /// From when on it is published; `None` at the end of the calendar.
    pub(crate) from: Option<Timestamp>,
}

impl NextMonth {
    pub(crate) fn at(moment: Timestamp) -> Self {
        let month = moment.checked_sub(GRACE).map_or(Month::of(moment), Month::of);
        Self { month, from: month.end().and_then(|end| end.checked_add(GRACE).ok()) }
    }
}

/// Why the statistics can't be computed.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// The folder of the published months can't be listed.
    #[error("the folder `{}` of the published statistics can't be read", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A log that the settings name can't be read.
    #[error(
        "`{}` of statistics.logs can't be read; name the earlier files of the decision log that are there, since a month \
         is published once and for good", path.display()
    )]
    EarlierLog {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A log is named twice.
    #[error("`{}` of statistics.logs is the decision log itself, or named twice: its records would count twice",
        path.display())]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// The thread can't be started.
    #[error("the thread of the statistics can't be started")]
    Thread(#[source] io::Error),
}

/// What the thread needs.
struct Publisher {
    follower: LogFollower,
    /// Earlier files of the log that aren't read yet.
    unread: Vec<PathBuf>,
    earlier: Vec<PathBuf>,
    counter: Counter,
    smallest_cell: u64,
    /// When the log was looked at last: what was there then is read now.
    looked: Option<Timestamp>,
    edition: Arc<RwLock<Edition>>,
    reports: ReportInterval<Report>,
}

/// What the operator is told once a minute at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Report {
    NotUpToDate,
    DamagedLines,
}

/// The counters, and the months that no longer need any.
struct Counter {
    archive: Archive,
    counts: Counts,
    /// The month of the earliest record.
    first: Option<Month>,
    /// How many lines are no records, since that was told last.
    damaged: u64,
}

impl Statistics {
    /// Starts to count; `None` if the settings turn the statistics off.
    ///
    /// # Errors
    /// [`StatisticsError`] if a file of the settings can't be used.
    pub(crate) fn start(config: &HostConfig) -> Result<Option<Self>, StatisticsError> {
        let settings = &config.statistics;
        if !settings.enabled {
            return Ok(None);
        }
        check_logs(config)?;
        let log = &config.decision_log.path;
        let folder = settings.folder.clone().unwrap_or_else(|| log.with_extension("statistics"));
        let archive = Archive::open(&folder).map_err(|source| StatisticsError::Folder { path: folder, source })?;
        let edition = Arc::new(RwLock::new(Edition { number: 0, tables: archive.tables() }));
        let publisher = Publisher {
            follower: LogFollower::new(log),
            unread: settings.logs.clone(),
            earlier: settings.logs.clone(),
            counter: Counter { archive, counts: Counts::default(), first: None, damaged: 0 },
            smallest_cell: settings.smallest_cell,
            looked: None,
            edition: Arc::clone(&edition),
            reports: ReportInterval::default(),
        };
        let (running, ended) = channel();
        let thread = thread::Builder::new().name("statistics".to_owned());
        thread.spawn(move || publisher.run(&ended)).map_err(StatisticsError::Thread)?;
        Ok(Some(Self { edition, running }))
    }

    /// What is published now.
    pub(crate) fn edition(&self) -> Edition {
        self.edition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Checks that the earlier logs of the settings can be read, and that each is named once.
///
/// # Errors
/// [`StatisticsError`] for the first that isn't so.
pub(crate) fn check_logs(config: &HostConfig) -> Result<(), StatisticsError> {
    let id = |path: &Path| File::open(path)?.metadata().map(|metadata| (metadata.dev(), metadata.ino()));
    // The log itself may not be there yet.
    let mut known: Vec<(u64, u64)> = id(&config.decision_log.path).into_iter().collect();
    for path in &config.statistics.logs {
        let found = id(path).map_err(|source| StatisticsError::EarlierLog { path: path.clone(), source })?;
        if known.contains(&found) {
            return Err(StatisticsError::Twice { path: path.clone() });
        }
        known.push(found);
    }
    Ok(())
}

impl Publisher {
    fn run(mut self, ended: &Receiver<()>) {
        give_way(NICENESS);
        loop {
            if let Err(error) = self.round(now())
                && self.reports.is_due(Report::NotUpToDate)
            {
                tracing::error!(%error, "the statistics can't be brought up to date (said once a minute)");
            }
            if ended.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    /// Reads what is new, and publishes the months that are over.
    fn round(&mut self, moment: Timestamp) -> io::Result<()> {
        while let Some(path) = self.unread.last() {
            // An earlier log has an end, so it is read at once.
            LogFollower::new(path).follow(|line| self.counter.take(line))?;
            self.unread.pop();
        }
        // At first, all that is there is read.
        let read_until = self.looked.replace(moment).unwrap_or(moment);
        let followed = self.follower.follow(|line| self.counter.take(line));
        if self.counter.damaged > 0 && self.reports.is_due(Report::DamagedLines) {
            let lines = std::mem::take(&mut self.counter.damaged);
            tracing::warn!(lines, "lines of the decision log are no records, and the statistics pass them over");
        }
        match followed? {
            Followed::ToTheEnd => self.publish_ended(read_until),
            Followed::CutOff => {
                tracing::warn!("the decision log lost records, so the months that aren't published are counted anew");
                self.counter.counts = Counts::default();
                self.counter.first = None;
                self.unread.clone_from(&self.earlier);
                self.follower.restart();
                self.looked = None;
                Ok(())
            }
        }
    }

    /// Publishes the months that were over at a moment up to which the log is read.
    fn publish_ended(&mut self, moment: Timestamp) -> io::Result<()> {
        let current = NextMonth::at(moment).month;
        let Counter { archive, counts, first, damaged: _ } = &mut self.counter;
        let ended = counts.months().filter(|(month, _)| *month < current);
        let ended: Vec<(Month, PublishedMonth)> = ended
            .map(|(month, counts)| (month, publish(month, counts, self.smallest_cell, *first == Some(month))))
            .collect();
        for (month, table) in ended {
            archive.publish(month, table)?;
            counts.remove(month);
            tracing::info!(%month, "the statistics of a month are published");
            let mut edition = self.edition.write().unwrap_or_else(PoisonError::into_inner);
            *edition = Edition { number: edition.number + 1, tables: archive.tables() };
        }
        Ok(())
    }
}

impl Counter {
    /// Counts a line. What comes after its month was published comes too late.
    fn take(&mut self, line: &[u8]) {
        if let Some(month) = month_of(line).filter(|month| self.archive.is_closed(*month)) {
            self.note(month);
            return;
        }
        match read_line(line) {
            LogLine::Decision(decision) => {
                self.note(decision.month);
                if !self.archive.is_closed(decision.month) {
                    self.counts.add(&decision);
                }
            }
            // Where a failed write can't be cut off, empty lines may stay.
            LogLine::Damaged => self.damaged += u64::from(!line.is_empty()),
            LogLine::Uncounted => {}
        }
    }

    fn note(&mut self, month: Month) {
        self.first = Some(self.first.map_or(month, |first| first.min(month)));
    }
}

#[cfg(test)]
mod tests;
