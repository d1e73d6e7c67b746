//! The words of an explanation in the languages that this command speaks: English and Chinese. A title is in the
//! language that is wanted, if the rule has it.

use ordinance_domain::bounds::{GrantBound, Limit, OutcomeBound};
use ordinance_feel::prose::Language;

/// The words of a language.
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) added: &'static str,
    pub(super) removed: &'static str,
    pub(super) no_change: &'static str,
    pub(super) new_rule: &'static str,
    pub(super) removed_rule: &'static str,
    pub(super) place: &'static str,
    pub(super) service: &'static str,
    pub(super) version: &'static str,
    pub(super) in_force: &'static str,
    pub(super) from: &'static str,
    pub(super) until: &'static str,
    /// The day for which the rule is explained.
    pub(super) as_of: &'static str,
    pub(super) shadow: &'static str,
    pub(super) binds_nobody: &'static str,
    pub(super) extends: &'static str,
    pub(super) criteria: &'static str,
    pub(super) rulings: &'static str,
    pub(super) every_criterion: &'static str,
    pub(super) eligible_if: &'static str,
    pub(super) for_each: &'static str,
    pub(super) in_rust: &'static str,
    /// The heading of the criteria that don't decide who is eligible, and what is said of them.
    pub(super) other_criteria: &'static str,
    pub(super) other_criteria_lead: &'static str,
    /// That a criterion is used for the parts `{0}` of the grant.
    pub(super) used_for: &'static str,
    pub(super) only_stated: &'static str,
    /// What stands between the words of a list.
    pub(super) comma: &'static str,
    pub(super) grant: &'static str,
    pub(super) grant_in_rust: &'static str,
    pub(super) left_open: &'static str,
    pub(super) values: &'static str,
    pub(super) tables: &'static str,
    /// That a table has `{0}` more rows.
    pub(super) more_rows: &'static str,
    pub(super) numbers: &'static str,
    pub(super) value: &'static str,
    pub(super) provision: &'static str,
    pub(super) pending: &'static str,
    /// That a value was published on the day `{0}`.
    pub(super) published: &'static str,
    /// That a number has no value on the day `{0}`.
    pub(super) no_value_on: &'static str,
    /// The heading of the places of numbers in a list, and of the names of numbers in a record.
    pub(super) position: &'static str,
    pub(super) name: &'static str,
    pub(super) bounds: &'static str,
    pub(super) outcome: &'static str,
    /// What a lower level may do to the outcome: in the order of [`OutcomeBound::ALL`].
    outcome_bounds: [&'static str; 5],
    /// What a lower level may do to a number: set it within limits, add to it, set any, set none.
    at_least: &'static str,
    at_most: &'static str,
    as_above: &'static str,
    sum: &'static str,
    any_value: &'static str,
    no_value: &'static str,
    and: &'static str,
}

const ENGLISH: Words = Words {
    title: "title",
    added: "added: ",
    removed: "removed: ",
    no_change: "nothing changes in words",
    new_rule: "a new rule",
    removed_rule: "the rule is removed",
    place: "Place",
    service: "Service",
    version: "Version",
    in_force: "In force",
    from: "from",
    until: "until (that day excluded)",
    as_of: "As it is on",
    shadow: "Shadow rule",
    binds_nobody: "it binds nobody yet",
    extends: "Takes from",
    criteria: "Who is eligible",
    rulings: "On what its rulings rest",
    every_criterion: "Whoever meets every one of these conditions.",
    eligible_if: "Whoever meets these conditions as follows:",
    for_each: "for each of",
    in_rust: "The conditions themselves are code in another language beside this text; below are their titles and articles.",
    other_criteria: "Stated, without deciding who is eligible",
    other_criteria_lead: "A decision states these too, but who is eligible doesn't depend on them.",
    used_for: "Used for: {0}",
    only_stated: "It is only stated: what is granted doesn't depend on it either.",
    comma: ", ",
    grant: "What is granted",
    grant_in_rust: "code in another language beside this text computes it",
    left_open: "left to other levels",
    values: "Values on the way",
    tables: "Tables",
    more_rows: "{0} more rows aren't told here",
    numbers: "Numbers and their days",
    value: "value",
    provision: "provision",
    pending: "still to be set",
    published: "published {0}",
    no_value_on: "no value on {0}",
    position: "position",
    name: "name",
    bounds: "What lower levels may change",
    outcome: "Who is eligible",
    outcome_bounds: [
        "They may grant to more people, and deny nobody whom this level grants.",
        "They may deny people whom this level grants, and grant to nobody else.",
        "Every level must agree: one that denies is enough.",
        "The lowest rule decides.",
        "They may change nothing.",
    ],
    at_least: "at least ",
    at_most: "at most ",
    as_above: "what this level grants",
    sum: "Each level adds its own to it.",
    any_value: "They may set any value.",
    no_value: "They may not change it.",
    and: " and ",
};

const CHINESE: Words = Words {
    title: "名称",
    added: "新增：",
    removed: "删除：",
    no_change: "文字上没有变化",
    new_rule: "新增规则",
    removed_rule: "删除规则",
    place: "地区",
    service: "事项",
    version: "版本",
    in_force: "施行",
    from: "自",
    until: "至（不含当日）",
    as_of: "所示之日",
    shadow: "试行规则",
    binds_nobody: "尚无约束力",
    extends: "沿用",
    criteria: "享受条件",
    rulings: "裁定的依据",
    every_criterion: "须同时符合下列各项条件。",
    eligible_if: "下列条件按以下方式认定：",
    for_each: "逐项适用于",
    in_rust: "条件本身由另一种语言的代码规定；以下为各项条件的名称和依据。",
    other_criteria: "列明但不决定享受资格的事项",
    other_criteria_lead: "决定中也会列明下列事项，但能否享受不取决于这些事项。",
    used_for: "用于：{0}",
    only_stated: "仅作列明，待遇也不取决于该事项。",
    comma: "、",
    grant: "待遇",
    grant_in_rust: "由另一种语言的代码计算",
    left_open: "由其他层级规定",
    values: "中间数值",
    tables: "表",
    more_rows: "另有{0}行未列出",
    numbers: "数额及其施行日期",
    value: "数值",
    provision: "依据",
    pending: "尚待规定",
    published: "{0}公布",
    no_value_on: "{0}无数值",
    position: "序号",
    name: "名称",
    bounds: "下级可以变更的内容",
    outcome: "享受条件",
    outcome_bounds: [
        "下级可以扩大对象范围，不得排除本级规定的对象。",
        "下级可以缩小对象范围，不得增加其他对象。",
        "各级均须认可，任何一级不认可即不享受。",
        "由最下级的规定决定。",
        "下级不得变更。",
    ],
    at_least: "不低于",
    at_most: "不高于",
    as_above: "本级规定的数额",
    sum: "各级在此之上累加。",
    any_value: "下级可以自行规定。",
    no_value: "下级不得变更。",
    and: "，",
};

impl Words {
    /// The words of a language; of another one those in English.
    pub(super) fn of(language: &str) -> &'static Self {
        Self::of_prose(Language::of_code(language))
    }

    /// The words beside prose in a language.
    pub(super) fn of_prose(language: Language) -> &'static Self {
        match language {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        }
    }

    /// What a lower level may do to the outcome, in words.
    pub(super) fn outcome_bound(&self, bound: OutcomeBound) -> &'static str {
        let [floor, ceiling, both, delegated, fixed] = self.outcome_bounds;
        match bound {
            OutcomeBound::Floor => floor,
            OutcomeBound::Ceiling => ceiling,
            OutcomeBound::Both => both,
            OutcomeBound::Delegated => delegated,
            OutcomeBound::Fixed => fixed,
        }
    }

    /// What a lower level may do to a number, in words.
    pub(super) fn grant_bound(&self, bound: &GrantBound) -> String {
        let limit = |word: &str, limit: &Limit| match limit {
            Limit::Inherited => format!("{word}{}", self.as_above),
            Limit::Value(value) => format!("{word}{}", value.to_plain()),
            Limit::Parameter { name, .. } => format!("{word}{name}"),
        };
        match bound {
            GrantBound::Within { least, most } => {
                let least = least.as_ref().map(|least| limit(self.at_least, least));
                let most = most.as_ref().map(|most| limit(self.at_most, most));
                least.into_iter().chain(most).collect::<Vec<_>>().join(self.and)
            }
            GrantBound::Sum => self.sum.to_owned(),
            GrantBound::Delegated => self.any_value.to_owned(),
            GrantBound::Fixed => self.no_value.to_owned(),
        }
    }
}
