//! A receipt as a page to print, in Chinese or in English. It shows what the receipt says; that the receipt holds is
//! for `ordinance receipt verify` to check.

use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ordinance_log::{LogVerifier, leaf_hash};
use serde_json::Value;

use crate::receipt::DecisionReceipt;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageLanguage {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// Why a receipt has no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Its answer or its request isn't JSON.
    #[error("the {0} of the receipt is no JSON, so it can't be shown")]
    NoJson(&'static str),
    /// The key of its log can't be read.
    #[error("the log key of the receipt can't be read")]
    LogKey,
    /// The QR code would be too large.
    #[error("the name of the log is too long for a QR code")]
    Qr,
}

/// The words of a page.
struct Words {
    language: &'static str,
    title: &'static str,
    decision: &'static str,
    service: &'static str,
    place: &'static str,
    day: &'static str,
    outcome: &'static str,
    grant: &'static str,
    reasons: &'static str,
    facts: &'static str,
    law: &'static str,
    published_by: &'static str,
    approved_by: &'static str,
    record: &'static str,
    number: &'static str,
    log: &'static str,
    hash: &'static str,
    time: &'static str,
    yes: &'static str,
    no: &'static str,
    open: &'static str,
    verify: &'static str,
    object: &'static str,
}

const ZH: Words = Words {
    language: "zh",
    title: "决定回执",
    decision: "决定",
    service: "事项",
    place: "地区",
    day: "适用日期",
    outcome: "结果",
    grant: "给付",
    reasons: "理由",
    facts: "依据的事实",
    law: "适用的规定",
    published_by: "发布机关",
    approved_by: "批准机关",
    record: "记录",
    number: "序号",
    log: "日志",
    hash: "记录哈希",
    time: "时间",
    yes: "符合",
    no: "不符合",
    open: "未确定",
    verify: "任何人都可以用本回执的文件和国家的根密钥文件核验，不需要网络：",
    object: "如对本决定有异议，可凭本回执向有关机关提出。",
};

const EN: Words = Words {
    language: "en",
    title: "Receipt of a decision",
    decision: "Decision",
    service: "Service",
    place: "Place",
    day: "As of",
    outcome: "Outcome",
    grant: "Grant",
    reasons: "Reasons",
    facts: "Facts it was decided on",
    law: "Law that was applied",
    published_by: "published by",
    approved_by: "approved by",
    record: "Record",
    number: "Number",
    log: "Log",
    hash: "Hash of the record",
    time: "Time",
    yes: "met",
    no: "not met",
    open: "open",
    verify: "Whoever has the file of this receipt and the root of the nation can check it without a network:",
    object: "If you object to this decision, hand in your objection with this receipt.",
};

const STYLE: &str = "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.4rem 0 .3rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}\
dt{color:#555}dd{margin:0;overflow-wrap:anywhere}ul{margin:0;padding-left:1.2rem}code{font-size:.85rem;overflow-wrap:anywhere}\
.qr{float:right;width:11rem;margin:0 0 1rem 1rem}.qr svg{width:100%;height:auto}.by{color:#555}@media print{body{margin:0}}";

/// The page of a receipt.
///
/// # Errors
/// [`PageError`] if a part of the receipt can't be shown.
pub fn receipt_page(receipt: &DecisionReceipt, language: PageLanguage) -> Result<String, PageError> {
    let words = match language {
        PageLanguage::Zh => &ZH,
        PageLanguage::En => &EN,
    };
    let parse = |text: &str, part| serde_json::from_str::<Value>(text).map_err(|_| PageError::NoJson(part));
    let answer = parse(&receipt.answer, "answer")?;
    let request = parse(&receipt.request, "request")?;
    let leaf = parse(&receipt.leaf, "leaf")?;
    let log = LogVerifier::parse(&receipt.log.key).map_err(|_| PageError::LogKey)?.name().to_string();
    let hash = leaf_hash(receipt.leaf.as_bytes());
    let qr = qr_code(&format!("{}\n{}\n{hash}\n{}\n{log}", receipt.format, receipt.id, receipt.log.index))?;
    let page = html! {
        (DOCTYPE)
        html lang=(words.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (words.title) " " (receipt.id) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div class="qr" { (PreEscaped(qr)) }
                h1 { (words.title) }
                (summary(words, &answer, receipt))
                (reasons(words, &answer))
                h2 { (words.facts) }
                (facts(&request))
                (law(words, &answer))
                h2 { (words.record) }
                dl {
                    dt { (words.log) } dd { (log) }
                    dt { (words.number) } dd { (receipt.log.index) }
                    dt { (words.time) } dd { (text(&leaf, "time")) }
                    dt { (words.hash) } dd { code { (hash) } }
                }
                p { (words.verify) br; code { "ordinance receipt verify receipt.json --trust root.json" } }
                p { (words.object) }
            }
        }
    };
    Ok(page.into_string())
}

fn qr_code(content: &str) -> Result<String, PageError> {
    let code = QRBuilder::new(content).ecl(ECL::M).build().map_err(|_| PageError::Qr)?;
    Ok(SvgBuilder::default().to_str(&code))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A value as it is written, without the quotes of a text.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn items<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn summary(words: &Words, answer: &Value, receipt: &DecisionReceipt) -> Markup {
    let grant = answer.get("grant").and_then(Value::as_object);
    let units = answer.get("units");
    let place = items(answer, "layers").last().map_or("", |layer| text(layer, "name"));
    html! {
        dl {
            dt { (words.decision) } dd { (receipt.id) }
            dt { (words.service) } dd { (text(answer, "service")) }
            dt { (words.place) } dd { (place) " " (text(answer, "jurisdiction")) }
            dt { (words.day) } dd { (text(answer, "as_of")) }
            dt { (words.outcome) } dd { strong { (text(answer, "outcome")) } }
            @for (field, value) in grant.into_iter().flatten() {
                dt { (words.grant) }
                dd {
                    (field) " " strong { (shown(value)) } " "
                    (units.map_or("", |units| text(units, field)))
                }
            }
        }
    }
}

fn reasons(words: &Words, answer: &Value) -> Markup {
    html! {
        h2 { (words.reasons) }
        ul {
            @for layer in items(answer, "layers") {
                @for finding in items(layer, "findings") {
                    li {
                        @let title = text(finding, "title");
                        (if title.is_empty() { text(finding, "criterion") } else { title }) ": "
                        (match finding.get("satisfied").and_then(Value::as_bool) {
                            Some(true) => words.yes,
                            Some(false) => words.no,
                            None => words.open,
                        })
                        @if let Some(provision) = finding.get("provision") {
                            span class="by" { " — " (text(provision, "document")) " " (text(provision, "article")) }
                        }
                    }
                }
            }
        }
    }
}

fn facts(request: &Value) -> Markup {
    html! {
        dl {
            @for (name, value) in request.get("facts").and_then(Value::as_object).into_iter().flatten() {
                dt { (name) } dd { (shown(value)) }
            }
        }
    }
}

fn law(words: &Words, answer: &Value) -> Markup {
    html! {
        h2 { (words.law) }
        ul {
            @for layer in items(answer, "layers").filter(|layer| layer.get("rule").is_some()) {
                li {
                    (text(layer, "name")) " " (text(layer, "jurisdiction")) ": " (text(layer, "title")) " "
                    code { (text(layer, "rule")) }
                    @if let Some(publisher) = layer.get("published_by") {
                        span class="by" {
                            " — " (words.published_by) " " (text(publisher, "authority")) " " (text(publisher, "at"))
                            @for approval in items(publisher, "approved_by") {
                                ", " (words.approved_by) " " (text(approval, "authority"))
                            }
                        }
                    }
                }
            }
        }
    }
}
