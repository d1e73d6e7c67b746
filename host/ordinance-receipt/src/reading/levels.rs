//! The levels of a decision: what each decided, why, by which rule, and who published that.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::decided::{grant_texts, outcome_word};
use super::facts::value_words;
use super::json::{items, text, texts};
use super::line::{ReadableBlock, ReadableLine, ReadableSection};
use super::names::Names;
use super::words::Words;
use crate::record::{RecordedLayer, RecordedPublisher};
use crate::verify::VerifiedReceipt;
use ordinance_domain::unit::Unit;
use ordinance_pages::{CodeKind, code_words, moment_of, quantity};

/// What tells who published the rules of a receipt.
pub(super) struct Publishers<'a> {
    verified: &'a VerifiedReceipt,
    /// By whose clock times are told.
    zone: TimeZone,
}

impl<'a> Publishers<'a> {
    pub(super) fn new(verified: &'a VerifiedReceipt, zone: TimeZone) -> Self {
        Self { verified, zone }
    }

    /// Who published the rule of a level and who approved it, as the signed metadata show; else as the record says.
    fn lines(&self, names: &Names<'_>, layer: &RecordedLayer) -> Vec<ReadableLine> {
        let words = Words::of(names.language);
        let Some(said) = &layer.published_by else { return Vec::new() };
        let is_shown = self
            .verified
            .publishers
            .iter()
            .any(|shown| shown.jurisdiction == layer.jurisdiction && Some(&shown.rule) == layer.rule.as_ref());
        let line = |label, by: &RecordedPublisher| {
            let when = moment_of(names.language, &by.at, &self.zone);
            let who = self.authority(names, &by.authority);
            let who = names.language.pick(format!("{who}，{when}"), format!("{who}, {when}"));
            let checked = if is_shown { who } else { names.language.bracketed(&who, words.publisher_unchecked) };
            ReadableLine::new(label, &checked)
        };
        let approvals = said.approved_by.iter().map(|approval| line(words.approved, approval));
        std::iter::once(line(words.published, said)).chain(approvals).collect()
    }

    /// An authority by the name that its root has, where a rule of it shows that; else by its place.
    fn authority(&self, names: &Names<'_>, code: &str) -> String {
        let of_root = self.verified.publishers.iter().find_map(|shown| {
            let name = shown.authority.strip_prefix(code)?.strip_prefix(" (")?.strip_suffix(')')?;
            Some(names.language.bracketed(name, code))
        });
        of_root.unwrap_or_else(|| names.place(code))
    }
}

pub(super) fn levels_section(names: &Names<'_>, publishers: &Publishers<'_>, answer: &Value) -> ReadableSection {
    let record = &publishers.verified.record;
    // The levels of the answer are those of the record, in the same order.
    let levels = record.layers.iter().zip(items(answer, "layers"));
    let block = |(recorded, level): (&RecordedLayer, &Value)| {
        let mut lines = vec![decided_line(names, level, answer)];
        lines.extend(rule_line(names, recorded, level));
        lines.extend(publishers.lines(names, recorded));
        lines.extend(reason_lines(names, level));
        ReadableBlock::headed(&names.place(&recorded.jurisdiction), lines)
    };
    ReadableSection { heading: Words::of(names.language).levels, blocks: levels.map(block).collect() }
}

/// The privacy rules that ruled on the facts; `None` if there is none.
pub(super) fn privacy_section(
    names: &Names<'_>,
    publishers: &Publishers<'_>,
    answer: &Value,
) -> Option<ReadableSection> {
    let recorded = &publishers.verified.record.privacy;
    let answered = answer.get("privacy").map_or(&[][..], |privacy| items(privacy, "layers"));
    let block = |layer: &RecordedLayer| {
        let of_rule = |level: &&Value| {
            text(level, "jurisdiction") == layer.jurisdiction && Some(text(level, "rule")) == layer.rule.as_deref()
        };
        let level = answered.iter().find(of_rule).unwrap_or(&Value::Null);
        let mut lines: Vec<ReadableLine> = rule_line(names, layer, level).into_iter().collect();
        lines.extend(publishers.lines(names, layer));
        ReadableBlock::headed(&names.place(&layer.jurisdiction), lines)
    };
    let blocks: Vec<ReadableBlock> = recorded.iter().map(block).collect();
    (!blocks.is_empty()).then_some(ReadableSection { heading: Words::of(names.language).privacy, blocks })
}

fn decided_line(names: &Names<'_>, level: &Value, answer: &Value) -> ReadableLine {
    let words = Words::of(names.language);
    let (status, between) = (text(level, "status"), names.language.pick("，", ", "));
    let mut decided = match text(level, "answer") {
        "" => code_words(names.language, CodeKind::Status, status).to_owned(),
        outcome => outcome_word(names, outcome).to_owned(),
    };
    if let Some(failure) = level.get("failure") {
        decided =
            names.language.labelled(&decided, code_words(names.language, CodeKind::Failure, text(failure, "code")));
    }
    for granted in grant_texts(names, answer, level.get("grant")) {
        decided = format!("{decided}{between}{granted}");
    }
    if texts(answer, "decided_by").any(|code| code == text(level, "jurisdiction")) {
        decided = names.language.bracketed(&decided, words.has_decided);
    }
    ReadableLine::main(words.level_decided, &decided)
}

fn rule_line(names: &Names<'_>, recorded: &RecordedLayer, level: &Value) -> Option<ReadableLine> {
    let rule = recorded.rule.as_ref()?;
    let text = match text(level, "title") {
        "" => rule.clone(),
        title => names.language.bracketed(title, rule),
    };
    Some(ReadableLine::new(Words::of(names.language).rule, &text))
}

/// Why a level decided so: its findings, the values on the way, what it lacks, where upper law bounds it.
fn reason_lines(names: &Names<'_>, level: &Value) -> Vec<ReadableLine> {
    let words = Words::of(names.language);
    let mut lines: Vec<ReadableLine> = items(level, "findings")
        .iter()
        .map(|finding| ReadableLine::new(words.reason, &finding_words(names, finding)))
        .collect();
    for value in items(level, "intermediates") {
        let unit = Unit::parse(text(value, "unit")).ok();
        let shown = match value.get("value").unwrap_or(&Value::Null) {
            Value::String(number) => quantity(names.language, number, unit.as_ref(), false),
            Value::Number(number) => quantity(names.language, &number.to_string(), unit.as_ref(), false),
            other => value_words(names, other, None),
        };
        lines.push(ReadableLine::new(words.value, &names.language.labelled(title_or(value, "name"), &shown)));
    }
    let missing: Vec<String> = texts(level, "missing").map(|path| names.path_title(path)).collect();
    if !missing.is_empty() {
        lines.push(ReadableLine::new(words.missing, &names.language.listed(&missing)));
    }
    for violation in items(level, "violations") {
        let subject = text(violation, "subject");
        let subject = match subject.strip_prefix("grant.") {
            Some(field) => names.grant_title(field),
            None => words.outcome.to_owned(),
        };
        let bound = names.language.labelled(&subject, text(violation, "bound"));
        lines.push(ReadableLine::new(words.outside, &with_provision(names, &bound, violation)));
    }
    lines
}

/// `At least 75 years old: met (Old-age ordinance of Yantai, 1)`
fn finding_words(names: &Names<'_>, finding: &Value) -> String {
    let item = text(finding, "item");
    let title = title_or(finding, "criterion");
    let title = if item.is_empty() { title.to_owned() } else { names.language.bracketed(title, item) };
    let state = match finding.get("satisfied") {
        Some(Value::Bool(true)) => "true",
        Some(Value::Bool(false)) => "false",
        Some(_) | None => "null",
    };
    let found = names.language.labelled(&title, code_words(names.language, CodeKind::Finding, state));
    with_provision(names, &found, finding)
}

fn title_or<'a>(value: &'a Value, id: &str) -> &'a str {
    Some(text(value, "title")).filter(|title| !title.is_empty()).unwrap_or_else(|| text(value, id))
}

fn with_provision(names: &Names<'_>, said: &str, value: &Value) -> String {
    let Some(provision) = value.get("provision") else { return said.to_owned() };
    let (document, article) = (text(provision, "document"), text(provision, "article"));
    let cited = names.language.pick(format!("{document}，{article}"), format!("{document}, {article}"));
    names.language.bracketed(said, &cited)
}
