//! Whether the rules that decided, by the records of a log, were published by authorities that were delegated then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_trust::{EndedWord, PastPublication, PublicationHistory};

use crate::count::counted;
use crate::repositories::day_of;
use crate::terminal::{print_line, print_note};

/// A rule that decided, by the word of a record.
pub(super) struct DecidedRule<'a> {
    pub(super) place: JurisdictionCode,
    /// Its id.
    pub(super) name: &'a str,
    pub(super) digest: Digest,
    /// Its service; none of a privacy rule.
    pub(super) service: Option<&'a str>,
    /// Who published it.
    pub(super) authority: Option<&'a str>,
}

/// The check of the records of one log.
pub(super) struct PublicationCheck {
    history: PublicationHistory,
    authorities: BTreeMap<JurisdictionCode, Decided>,
    /// What isn't a fault and has to be told, with the number of records.
    told: BTreeMap<String, usize>,
}

/// What an authority's rules decided.
#[derive(Default)]
struct Decided {
    rules: BTreeSet<Digest>,
    records: usize,
}

impl PublicationCheck {
    pub(super) fn new(history: PublicationHistory) -> Self {
        Self { history, authorities: BTreeMap::new(), told: BTreeMap::new() }
    }

    /// What is wrong with the rules of a record that was made at a moment.
    pub(super) fn fault_of(&mut self, rules: &[DecidedRule<'_>], at: Timestamp) -> Option<String> {
        let mut told = BTreeSet::new();
        let mut publishers = BTreeMap::new();
        for rule in rules {
            let name = format!("{}/{}", rule.place, rule.name);
            let Some(authority) = rule.authority.and_then(|code| JurisdictionCode::new(code).ok()) else {
                return Some(format!("names the rule {name}, of which it doesn't say who published it"));
            };
            let says = format!("says that {authority} published the rule {name}, and");
            match self.history.proof((&rule.place, rule.digest), &authority, at) {
                PastPublication::Shown => {}
                PastPublication::Undated => {
                    told.insert(format!(
                        "metadata of {authority}, or of who delegated it, don't say when they were signed: that it \
                         published {name} before the decision isn't shown, only that it did"
                    ));
                }
                PastPublication::Ended { word, until } => {
                    told.insert(format!(
                        "{} on {}: the host decided by what it had kept of {name}",
                        ended_words(&word, &authority),
                        time_of(until)
                    ));
                }
                PastPublication::NotShown { reasons } => {
                    return Some(format!("{says} that can't be shown: {}", reasons.join("; ")));
                }
                PastPublication::Lapsed { word, lapsed } => {
                    return Some(format!("{says} {} had lapsed on {}", listed_words(&word), time_of(lapsed)));
                }
                PastPublication::NotYet { word: EndedWord::Rule, from } => {
                    return Some(format!("{says} {authority} published it only on {}", time_of(from)));
                }
                PastPublication::NotYet { word, from } => {
                    return Some(format!("{says} {} began only on {}", listed_words(&word), time_of(from)));
                }
                PastPublication::Never => {
                    return Some(format!("{says} no repository that was ever delegated to {authority} had that"));
                }
            }
            if let Some(fault) = self.missing_approval(rule, &name, at, &mut told) {
                return Some(fault);
            }
            publishers.entry(authority).or_insert_with(Vec::new).push(rule.digest);
        }
        for (authority, digests) in publishers {
            let decided = self.authorities.entry(authority).or_default();
            decided.records += 1;
            decided.rules.extend(digests);
        }
        told.into_iter().for_each(|line| *self.told.entry(line).or_default() += 1);
        None
    }

    /// That a rule decided without an approval that its service's contract asks for.
    fn missing_approval(
        &self,
        rule: &DecidedRule<'_>,
        name: &str,
        at: Timestamp,
        told: &mut BTreeSet<String>,
    ) -> Option<String> {
        let by = self.history.missing_approval((&rule.place, rule.digest), rule.service?, at)?;
        let gaps = self.history.gaps_of(by);
        if gaps.is_empty() {
            return Some(format!(
                "names the rule {name}, which {by} had to approve, and which it hadn't approved by then"
            ));
        }
        told.insert(format!("that {by} approved {name} can't be shown: {}", gaps.join("; ")));
        None
    }

    /// Says whose rules decided, and what can't be read of the past.
    pub(super) fn print(&self) {
        for (authority, decided) in &self.authorities {
            let rules = counted(decided.rules.len(), "rule", "rules");
            let records = counted(decided.records, "record", "records");
            print_line(&format!("  {}: {rules} in {records}", self.words_of(authority)));
        }
        for (line, records) in &self.told {
            print_note(&format!("{}: {line}", counted(*records, "record", "records")));
        }
        for gap in self.history.gaps() {
            print_note(&format!("warning: {}", gap.reason));
        }
    }

    /// An authority, with the delegations that it ever had.
    fn words_of(&self, authority: &JurisdictionCode) -> String {
        let known = self.history.delegations_of(authority);
        let name = known.last().map(|last| format!(" ({})", last.authority.name)).unwrap_or_default();
        let mut words: Vec<String> = Vec::new();
        for delegation in &known {
            let Some(by) = &delegation.by else { continue };
            let from = delegation.from.map(|from| format!(" from {}", day_of(from))).unwrap_or_default();
            let until = match (delegation.has_ended, delegation.until) {
                (true, Some(until)) => format!(" until {}", day_of(until)),
                (true, None) => " and no longer".to_owned(),
                (false, _) => String::new(),
            };
            let line = format!("delegated by {by}{from}{until}");
            if !words.contains(&line) {
                words.push(line);
            }
        }
        let delegated = if words.is_empty() { String::new() } else { format!(", {}", words.join(", ")) };
        format!("published by {authority}{name}{delegated}")
    }
}

fn ended_words(word: &EndedWord, authority: &JurisdictionCode) -> String {
    match word {
        EndedWord::Rule => format!("{authority} took the rule back"),
        EndedWord::Delegation { of, by } => format!("{} ended the delegation of {of}", upper_words(by.as_ref())),
    }
}

fn listed_words(word: &EndedWord) -> String {
    match word {
        EndedWord::Rule => "its publication".to_owned(),
        EndedWord::Delegation { of, by } => format!("the delegation of {of} by {}", upper_words(by.as_ref())),
    }
}

fn upper_words(by: Option<&JurisdictionCode>) -> String {
    by.map_or_else(|| "the level above".to_owned(), ToString::to_string)
}

/// A moment, to the second.
fn time_of(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
