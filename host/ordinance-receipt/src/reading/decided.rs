//! What was decided: the service, the place and the day, the outcome, what is granted.

use ordinance_domain::unit::Unit;
use serde_json::Value;

use super::facts::{Shape, value_words};
use super::json::{items, members, text, texts};
use super::line::{ReadableBlock, ReadableLine, ReadableSection};
use super::names::Names;
use super::words::Words;
use crate::record::RecordedDecision;
use ordinance_pages::{CodeKind, code_words, day, quantity};

pub(super) fn decided_section(names: &Names<'_>, record: &RecordedDecision, answer: &Value) -> ReadableSection {
    let words = Words::of(names.language);
    let mut lines = vec![
        ReadableLine::new(words.decision, &record.id.to_string()),
        ReadableLine::new(words.service, &names.service(&record.service)),
        ReadableLine::new(words.place, &names.place(&record.jurisdiction)),
    ];
    lines.extend(record.asked.as_ref().map(|asked| ReadableLine::new(words.asked_place, asked)));
    lines.push(ReadableLine::new(words.as_of, &day(names.language, &record.as_of)));
    if record.known_at != record.processed_on {
        lines.push(ReadableLine::new(words.known_at, &day(names.language, &record.known_at)));
    }
    lines.push(ReadableLine::main(words.outcome, &outcome_words(names, &record.outcome, text(answer, "reason"))));
    lines.extend(grant_lines(names, answer, words.granted, answer.get("grant")));
    if let Some(least) = answer.get("at_least") {
        lines.extend(grant_lines(names, answer, words.at_least, least.get("grant")));
        let open: Vec<String> =
            items(least, "open").iter().map(|level| names.place(text(level, "jurisdiction"))).collect();
        let why = code_words(names.language, CodeKind::Reason, text(least, "reason"));
        lines.push(ReadableLine::new(words.open_levels, &names.language.labelled(&names.language.listed(&open), why)));
    }
    let missing: Vec<String> = texts(answer, "missing").map(|path| names.path_title(path)).collect();
    if !missing.is_empty() {
        lines.push(ReadableLine::new(words.missing, &names.language.listed(&missing)));
    }
    for (label, member) in [(words.anew, "objection"), (words.replaces, "replaces")] {
        lines.extend(Some(text(answer, member)).filter(|id| !id.is_empty()).map(|id| ReadableLine::new(label, id)));
    }
    if record.mode.as_deref() == Some("past-law") {
        lines.push(ReadableLine::new(words.notice, words.binds_nobody));
    }
    lines.extend(
        items(answer, "notices").iter().map(|notice| ReadableLine::new(words.notice, &notice_words(names, notice))),
    );
    ReadableSection { heading: words.decided, blocks: vec![ReadableBlock::of(lines)] }
}

/// An outcome with the reason why it is open, if it is.
fn outcome_words(names: &Names<'_>, outcome: &str, reason: &str) -> String {
    let word = outcome_word(names, outcome);
    match reason {
        "" => word.to_owned(),
        reason => names.language.labelled(word, code_words(names.language, CodeKind::Reason, reason)),
    }
}

pub(super) fn outcome_word<'a>(names: &Names<'_>, outcome: &'a str) -> &'a str {
    let kind = if names.is_liability() { CodeKind::Liability } else { CodeKind::Outcome };
    code_words(names.language, kind, outcome)
}

fn grant_lines(names: &Names<'_>, answer: &Value, label: &str, grant: Option<&Value>) -> Vec<ReadableLine> {
    grant_texts(names, answer, grant).iter().map(|text| ReadableLine::main(label, text)).collect()
}

/// Each field of a grant: `Monthly amount: 150.00 CNY per month`.
pub(super) fn grant_texts(names: &Names<'_>, answer: &Value, grant: Option<&Value>) -> Vec<String> {
    let fields = grant.and_then(Value::as_object).into_iter().flatten();
    let field = |(name, value): (&String, &Value)| {
        let declared = names.grant_field(name);
        let said = members(answer, "units").find(|(field, _)| *field == name);
        let said = said.and_then(|(_, unit)| Unit::parse(unit.as_str()?).ok());
        let unit = declared.and_then(|field| field.unit.as_ref()).or(said.as_ref());
        let text = match (value, declared) {
            (Value::Null, _) => Words::of(names.language).nothing_set.to_owned(),
            (value, Some(field)) => {
                value_words(names, value, Some(Shape { fact_type: &field.fact_type, unit, is_age: false }))
            }
            // Numbers of a grant are texts, and only numbers have a unit.
            (Value::String(number), None) => quantity(names.language, number, unit, false),
            (value, None) => value_words(names, value, None),
        };
        names.language.labelled(&names.grant_title(name), &text)
    };
    fields.map(field).collect()
}

fn notice_words(names: &Names<'_>, notice: &Value) -> String {
    let language = names.language;
    let on = |member| day(language, text(notice, member));
    match text(notice, "notice") {
        "unconfirmed-value" => {
            let place =
                Some(text(notice, "jurisdiction")).filter(|code| !code.is_empty()).map(|code| names.place(code));
            let whose = place.unwrap_or_else(|| names.service(text(names.answer, "service")));
            let (number, confirmed) = (text(notice, "parameter"), on("confirmed"));
            language.pick(
                format!("{whose}的数值“{number}”最近一次确认于{confirmed}，此后无人确认"),
                format!("nobody has confirmed the number `{number}` of {whose} since {confirmed}"),
            )
        }
        "not-covered" => {
            let until = on("covers_until");
            language.pick(
                format!("规则集只涵盖{until}以前的日期"),
                format!("the rulebook covers the days before {until}, and this is a later one"),
            )
        }
        other => other.to_owned(),
    }
}
