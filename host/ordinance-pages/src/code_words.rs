//! Words for the codes of an answer, in Chinese and in English.

use crate::language::ReadingLanguage;

/// What a code is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// An outcome of a service whose rules say who gets something.
    Outcome,
    /// An outcome of a service whose rules say who has a duty.
    Liability,
    /// Why an outcome or the rest of a grant is open.
    Reason,
    /// What became of a level.
    Status,
    /// How a rule failed.
    Failure,
    /// What a finding is.
    Finding,
    /// A member of what a request says of people.
    Claim,
    /// What changes for a person from one rulebook to another.
    OutcomeChange,
    /// What a shadow rule would have changed.
    ShadowDifference,
    /// Why a request was refused.
    Problem,
}

use CodeKind::{Claim, Failure, Finding, Liability, Outcome, OutcomeChange, Problem, Reason, ShadowDifference, Status};

const WORDS: &[(CodeKind, &str, &str, &str)] = &[
    (Outcome, "eligible", "符合条件", "eligible"),
    (Outcome, "ineligible", "不符合条件", "not eligible"),
    (Outcome, "undetermined", "尚未确定", "not determined"),
    (Liability, "eligible", "负有义务", "the duty applies"),
    (Liability, "ineligible", "不负义务", "the duty doesn't apply"),
    (Liability, "undetermined", "尚未确定", "not determined"),
    (Reason, "failed-rule", "有规则运行失败", "a rule failed"),
    (Reason, "missing-facts", "缺少事实", "facts are missing"),
    (Reason, "no-rule-in-force", "该日没有任何一级有生效的规则", "no level has a rule in force on that day"),
    (Reason, "unrecognised-value", "有规则不认识某个事实的值", "a rule doesn't know the value of a fact"),
    (Reason, "rule-undetermined", "规则没有作出决定", "a rule leaves it open"),
    (Status, "applied", "已适用", "applied"),
    (Status, "silent", "本级没有生效的规则，沿用上级的决定", "no rule in force: the decision of the level above stays"),
    (Status, "missing-facts", "缺少事实，规则未运行", "its rule didn't run, since facts are missing"),
    (
        Status,
        "waiting",
        "上级的给予尚未确定，规则未运行",
        "its rule didn't run, since the grant of the level above is open",
    ),
    (Status, "failed", "规则运行失败", "its rule failed"),
    (Status, "ruled", "已适用", "applied"),
    (Status, "hidden", "不得显示", "hidden from the recipient"),
    (Failure, "not-loaded", "规则无法载入", "the host can't use the rule"),
    (Failure, "trap", "规则中断", "the rule broke off"),
    (Failure, "out-of-fuel", "规则超出计算额度", "the rule used up its instructions"),
    (Failure, "deadline-passed", "规则超时", "the rule ran too long"),
    (Failure, "memory-refused", "规则需要的内存过多", "the rule needed too much memory"),
    (Failure, "oversized-output", "规则的答复过大", "the answer of the rule is too large"),
    (Failure, "malformed-output", "规则的答复无法读取", "the answer of the rule can't be read"),
    (
        Failure,
        "undeclared-criterion",
        "规则的答复含有未声明的条件",
        "the rule answered on a criterion that it doesn't declare",
    ),
    (Failure, "grant-out-of-range", "给予超出约定的范围", "the grant lies outside the range of the service"),
    (Failure, "unfounded-undetermined", "规则无故不作决定", "the rule determined nothing, though it lacks nothing"),
    (Failure, "no-value", "规则所需的数值在该日没有值", "a number that the rule needs has no value on that day"),
    (Failure, "undeclared-mask", "规则要求的形式未声明", "the rule asks for a form that it doesn't declare"),
    (Failure, "unrequested-fact", "规则裁定了未请求的事实", "the rule ruled on a fact that wasn't asked for"),
    (Finding, "true", "符合", "met"),
    (Finding, "false", "不符合", "not met"),
    (Finding, "null", "未确定", "open"),
    (Claim, "age_band", "年龄段", "age band"),
    (Claim, "lacks_capacity", "无行为能力", "lacks capacity"),
    (Claim, "guardian_consents", "监护人同意", "a guardian consents"),
    (Claim, "person", "人", "person"),
    (Claim, "is_applicant", "为申请人", "is the applicant"),
    (Claim, "subject", "情况", "what is known"),
    (Claim, "basis", "依据", "basis"),
    (Claim, "kind", "种类", "kind"),
    (OutcomeChange, "gains", "得益", "gains"),
    (OutcomeChange, "loses", "受损", "loses"),
    (OutcomeChange, "otherwise", "其他变化", "another change"),
    (OutcomeChange, "becomes undetermined", "变为尚未确定", "becomes undetermined"),
    (OutcomeChange, "becomes determined", "变为已确定", "becomes determined"),
    (ShadowDifference, "same", "没有差异", "no difference"),
    (ShadowDifference, "fails", "运行失败", "a rule fails"),
    (ShadowDifference, "grant", "给予不同", "another grant"),
    (Problem, "malformed-json", "请求体不是JSON", "the body is no JSON"),
    (Problem, "invalid-request", "请求的格式不对", "the request is not well formed"),
    (Problem, "invalid-facts", "事实不合要求", "the facts don't fit"),
    (Problem, "unprocessable-request", "请求的各项内容不能同时使用", "the members of the request don't go together"),
    (Problem, "unknown-jurisdiction", "没有这个地方", "the place is unknown"),
    (Problem, "jurisdiction-at-another-time", "那一天没有这个地方", "the place isn't there on that day"),
    (Problem, "unknown-service", "没有这个事项", "the service is unknown"),
    (Problem, "unauthorized", "无法确认调用方身份", "it isn't known who calls"),
    (Problem, "forbidden", "调用方无权提出这个请求", "the caller may not ask for that"),
    (Problem, "unknown-rule", "没有这条规则", "the rule is unknown"),
    (
        Problem,
        "other-rulebook-in-use",
        "这台主机正在使用另一个规则集版本",
        "the host has another revision of the rulebook in use",
    ),
    (Problem, "unknown-rulebook", "没有这个规则集版本", "the revision of the rulebook is unknown"),
    (Problem, "unknown-record", "没有这条记录", "the record is unknown"),
    (Problem, "not-found", "该路径下没有内容", "there is nothing at the path"),
    (Problem, "method-not-allowed", "路径不接受这个方法", "the path knows other methods"),
    (Problem, "unsupported-media-type", "请求体的类型不对", "the body is not said to be of the right type"),
    (Problem, "body-too-large", "请求体过大", "the body is too large"),
    (Problem, "request-timeout", "请求体传输过慢或中断", "the body took too long or broke off"),
    (Problem, "too-many-requests", "调用方的请求过多", "a caller sends too many requests"),
    (Problem, "overloaded", "主机繁忙", "the host is busy"),
    (Problem, "log-unavailable", "决定无法记录", "the decision can't be recorded"),
    (Problem, "objection-exists", "已有另一项异议", "there is another objection to the decision"),
    (Problem, "objections-unavailable", "异议无法保存", "the objection can't be kept"),
    (Problem, "no-objections-key", "复核机关没有接收异议的密钥", "the reviewing authority has no key for objections"),
    (Problem, "unknown-objection", "没有这项异议", "there is no such objection"),
    (Problem, "request-in-progress", "同一键的第一个请求还在处理", "the first request with the key still runs"),
    (Problem, "idempotency-key-reused", "键属于另一个请求", "the key belongs to another request"),
    (Problem, "internal-error", "主机故障", "the host failed"),
];

/// The words for a code; the code itself where it is of a later version, or of another program.
#[must_use]
pub fn code_words(language: ReadingLanguage, kind: CodeKind, code: &str) -> &str {
    let found = WORDS.iter().find(|(of, word, _, _)| *of == kind && *word == code);
    found.map_or(code, |(_, _, zh, en)| language.pick(zh, en))
}

#[cfg(test)]
mod tests {
    use ordinance_domain::answer::FailureCode;
    use ordinance_domain::decision::UndeterminedReason;

    use super::*;
    use crate::words::is_han;

    fn assert_known(kind: CodeKind, codes: &[&str]) {
        for code in codes {
            let zh = code_words(ReadingLanguage::Zh, kind, code);
            assert!(zh.chars().any(is_han), "{kind:?} {code} has no Chinese words");
            let known: Vec<_> = WORDS.iter().filter(|(of, word, _, _)| *of == kind && word == code).collect();
            assert_eq!(known.len(), 1, "{kind:?} {code}");
            assert!(code_words(ReadingLanguage::En, kind, code).is_ascii(), "{kind:?} {code}");
        }
    }

    #[test]
    fn every_code_that_a_host_writes_has_words_in_both_languages() {
        use UndeterminedReason::{FailedRule, MissingFacts, NoRuleInForce, RuleUndetermined, UnrecognisedValue};
        let reasons = [FailedRule, MissingFacts(Vec::new()), NoRuleInForce, UnrecognisedValue, RuleUndetermined];
        assert_known(Reason, &reasons.each_ref().map(UndeterminedReason::as_str));
        for outcome in [Outcome, Liability] {
            assert_known(outcome, &["eligible", "ineligible", "undetermined"]);
        }
        assert_known(Status, &["silent", "applied", "missing-facts", "waiting", "failed", "ruled", "hidden"]);
        assert_known(Finding, &["true", "false", "null"]);
        let failures = [
            FailureCode::NotLoaded,
            FailureCode::Trap,
            FailureCode::OutOfFuel,
            FailureCode::DeadlinePassed,
            FailureCode::MemoryRefused,
            FailureCode::OversizedOutput,
            FailureCode::MalformedOutput,
            FailureCode::UndeclaredCriterion,
            FailureCode::GrantOutOfRange,
            FailureCode::UnfoundedUndetermined,
            FailureCode::NoValue,
            FailureCode::UndeclaredMask,
            FailureCode::UnrequestedFact,
        ];
        assert_known(Failure, &failures.map(FailureCode::as_str));
    }
}
