//! What was checked of a receipt, by which root and when, and where in the log its record is.

use jiff::tz::TimeZone;
use ordinance_domain::calendar::Timestamp;
use ordinance_log::leaf_hash;
use ordinance_trust::RootOverview;

use super::line::{ReadableBlock, ReadableLine, ReadableSection};
use super::names::Names;
use super::words::Words;
use crate::receipt::DecisionReceipt;
use crate::verify::VerifiedReceipt;
use ordinance_pages::moment;

/// By what a receipt was checked.
#[derive(Debug, Clone, Copy)]
pub struct CheckedBy<'a> {
    /// The pinned root, if the publication of the law was checked.
    pub root: Option<&'a RootOverview>,
    /// Whether whoever checked named the key of the log.
    pub names_log: bool,
    /// When.
    pub at: Timestamp,
}

pub(super) fn record_section(
    names: &Names<'_>,
    receipt: &DecisionReceipt,
    verified: &VerifiedReceipt,
    zone: &TimeZone,
) -> ReadableSection {
    let words = Words::of(names.language);
    let record = &verified.record;
    let lines = vec![
        ReadableLine::new(words.log, &verified.log),
        ReadableLine::new(words.number, &record.index.to_string()),
        ReadableLine::new(words.time, &moment(names.language, record.time, zone)),
        ReadableLine::new(words.hash, &leaf_hash(receipt.leaf.as_bytes()).to_string()),
        ReadableLine::new(words.rulebook, &record.rulebook),
    ];
    ReadableSection { heading: words.record, blocks: vec![ReadableBlock::of(lines)] }
}

pub(super) fn checked_section(
    names: &Names<'_>,
    receipt: &DecisionReceipt,
    by: CheckedBy<'_>,
    zone: &TimeZone,
) -> ReadableSection {
    let words = Words::of(names.language);
    let log = if by.names_log { words.log_trusted } else { words.log_listed };
    let holds = names.language.pick(format!("{}；{log}", words.record_holds), format!("{}; {log}", words.record_holds));
    let mut lines = vec![
        ReadableLine::new(words.checked_at, &moment(names.language, by.at, zone)),
        ReadableLine::new(words.checked_record, &holds),
    ];
    match by.root {
        Some(root) => {
            lines.push(ReadableLine::new(words.checked_law, words.law_holds));
            lines.push(ReadableLine::new(words.root, &root_words(names, root)));
        }
        None => {
            let law = if receipt.publication.is_some() { words.law_unchecked } else { words.law_unsigned };
            lines.push(ReadableLine::main(words.checked_law, law));
        }
    }
    if !names.has_definitions() {
        lines.push(ReadableLine::new(words.notice, words.no_titles));
    }
    ReadableSection { heading: words.checked, blocks: vec![ReadableBlock::of(lines)] }
}

/// The root by its authority and its keys.
fn root_words(names: &Names<'_>, root: &RootOverview) -> String {
    let authority = names.language.bracketed(&root.authority.name, root.authority.jurisdiction.as_str());
    let keys: Vec<String> = root.root.keys.iter().map(|key| key.short_id()).collect();
    let (keys, version, threshold) = (names.language.listed(&keys), root.version, root.root.threshold);
    names.language.pick(
        format!("{authority}，第{version}版，须由下列密钥中的{threshold}个签名：{keys}"),
        format!("{authority}, version {version}, signed by {threshold} of the keys {keys}"),
    )
}
