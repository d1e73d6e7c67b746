//! Expressions and what is said of them.

use super::*;
use crate::rule_text::{RowText, TableText};
use crate::source_text::{Origin, SourceText, SourceTexts, TextId};
use crate::syntax::{Scope, parse_expression};
use crate::tree::HitPolicy;

struct Law;

impl Titles for Law {
    fn title(&self, name: &str, language: Language) -> Option<String> {
        let (english, chinese) = match name {
            "age" => ("Age", "年龄"),
            "min_age" => ("Minimum age", "最低年龄"),
            "low_income" => ("Low income", "低收入"),
            "residence" => ("Residence", "户籍"),
            "born" => ("Date of birth", "出生日期"),
            "income" => ("Earned income", "劳动收入"),
            "disregard" => ("Disregard", "免计额"),
            "members" => ("Members of the household", "家庭成员"),
            "members.age" => ("Age of a member", "成员年龄"),
            "amount" => ("Amount", "金额"),
            "criteria.low_income" => ("Income is low by the Act", "符合低收入规定"),
            "exempt" => ("Receipt of SSI makes the household exempt", "领取SSI者全户免计"),
            _ => return None,
        };
        Some(if language == Language::English { english } else { chinese }.to_owned())
    }

    fn value_text(&self, name: &str, language: Language) -> Option<String> {
        (name == "disregard").then(|| match language {
            Language::English => "90 (from 2026-01-01)".to_owned(),
            Language::Chinese => "90（自2026-01-01起）".to_owned(),
        })
    }

    fn word(&self, of: &str, word: &str, language: Language) -> Option<String> {
        (of == "residence" && word == "registered" && language == Language::Chinese).then(|| "本地户籍".to_owned())
    }

    fn is_day(&self, name: &str) -> bool {
        name == "born"
    }
}

fn tree(text: &str) -> Expr {
    parse_expression(text, &Scope::default()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn check(text: &str, english: &str, chinese: &str) {
    let say = |language| explain_expression(&tree(text), &Law, language).to_text().trim_end().to_owned();
    assert_eq!(say(Language::English), english, "{text}");
    assert_eq!(say(Language::Chinese), chinese, "{text}");
}

#[test]
fn comparisons_are_sentences() {
    check("age >= min_age", "Age is at least Minimum age", "年龄不小于最低年龄");
    check("born <= @\"1960-01-31\"", "Date of birth is on or before 31 January 1960", "出生日期不晚于1960年1月31日");
    check("residence = \"registered\"", "Residence is “registered”", "户籍为本地户籍");
    check("residence in (\"registered\", \"x\")", "Residence is one of “registered” or “x”", "户籍为本地户籍或“x”之一");
    check("age in [60..80)", "Age is at least 60 and less than 80", "年龄为不小于60且小于80");
    check("age in (< 18, >= 60)", "Age is less than 18 or Age is at least 60", "年龄小于18或年龄不小于60");
    check("not(low_income)", "Low income does not apply", "“低收入”不成立");
    check("income != null", "Earned income has a value", "劳动收入有值");
    check(
        "as_of - born > duration(\"P18Y\")",
        "The day of the case − Date of birth is more than 18 years",
        "办理之日 − 出生日期大于18年",
    );
    check("age between 18 and 60", "Age is from 18 to 60, both included", "年龄为18至60（含两端）");
}

#[test]
fn joined_conditions_are_lists() {
    check(
        "age >= 80 and (low_income or income < 10) and not(residence = \"x\" or age > 99)",
        "All of these hold:\n  Age is at least 80\n  At least one of these holds:\n    Low income applies\n    Earned income is less than 10\n  None of these holds:\n    Residence is “x”\n    Age is more than 99",
        "以下各项全部成立:\n  年龄不小于80\n  以下至少一项成立:\n    “低收入”成立\n    劳动收入小于10\n  以下各项均不成立:\n    户籍为“x”\n    年龄大于99",
    );
}

#[test]
fn conditions_with_ways_are_lists() {
    check(
        "if age >= 90 and low_income then 200 else if age >= 80 then 100 else 0",
        "The first of these that applies:\n  If all of these hold:\n    Age is at least 90\n    Low income applies\n  Then 200\n  If Age is at least 80: 100\n  Otherwise: 0",
        "取以下首个适用者:\n  如果以下各项全部成立:\n    年龄不小于90\n    “低收入”成立\n  则200\n  如果年龄不小于80：100\n  否则：0",
    );
}

#[test]
fn amounts_are_formulas() {
    check(
        "less(income, disregard) * (1 - 0.5)",
        "(Earned income less Disregard [90 (from 2026-01-01)], but not below 0) × (1 − 0.5)",
        "（劳动收入减去免计额〔90（自2026-01-01起）〕（不低于0）） × （1 − 0.5）",
    );
    check(
        "round half up(income / 3, 2)",
        "Earned income ÷ 3, rounded half up to 2 decimals",
        "劳动收入 ÷ 3（四舍五入，保留2位小数）",
    );
    check("floor(income, -1)", "Earned income, rounded down to a multiple of 10", "劳动收入（向下舍入，取10的倍数）");
    check(
        "max(income, disregard, 3)",
        "The greatest of Earned income, Disregard [90 (from 2026-01-01)] and 3",
        "劳动收入、免计额〔90（自2026-01-01起）〕和3中的最大值",
    );
    check("inherited.amount + 1", "Amount of what the upper levels grant + 1", "上级给予的待遇的金额 + 1");
}

#[test]
fn lists_are_said_item_by_item() {
    check(
        "some m in members satisfies m.age < 18",
        "For at least one item of Members of the household: Age of a member of the item is less than 18",
        "对至少一个家庭成员中的项：该项的成员年龄小于18",
    );
    check(
        "count(members[age < 18])",
        "The number of items of Members of the household for which Age of a member is less than 18",
        "家庭成员中满足成员年龄小于18的项数",
    );
    check(
        "sum(for m in members return m.age)",
        "Age of a member of the item, summed over every item of Members of the household",
        "每个家庭成员中的项的该项的成员年龄，求和",
    );
    check(
        "members[-1].age",
        "Age of a member of the last item of Members of the household",
        "家庭成员的末项的成员年龄",
    );
}

fn difference(old: &str, new: &str) -> String {
    let (old, new) = (tree(old), tree(new));
    let said = explain_difference((&old, &Law), (&new, &Law), Language::English, true);
    said.map(|said| said.to_text().trim_end().to_owned()).unwrap_or_default()
}

#[test]
fn a_difference_is_the_smallest_part_that_says_it() {
    assert_eq!(difference("age >= 80", "(age >= 80)"), "");
    assert_eq!(difference("age >= 80", "age >= 70"), "“Age is at least 80” → “Age is at least 70”");
    assert_eq!(
        difference("age >= 80 and low_income", "age >= 70 and low_income and income < 9"),
        "“Age is at least 80” → “Age is at least 70”\nAdded: “Earned income is less than 9”"
    );
    assert_eq!(difference("age >= 80 and low_income", "low_income"), "Removed: “Age is at least 80”");
    assert_eq!(
        difference(
            "if age > 9 then 1 else if low_income then 2 else 3",
            "if age > 9 then 1 else if low_income then 4 else 5"
        ),
        "“If Low income applies: 2” → “If Low income applies: 4”\n“Otherwise: 3” → “Otherwise: 5”"
    );
}

#[test]
fn a_table_has_its_cells_in_words() {
    let cells = ["age", "residence", "< 80", "-", "100", "[80..90]", "not(\"registered\")", "income * 2", "0"];
    let text = |text: &&str| SourceText {
        text: (*text).to_owned(),
        file: "rule.toml".to_owned(),
        origin: Origin::Cell { sheet: "1".to_owned(), row: 1, column: 1 },
    };
    let texts = SourceTexts(cells.iter().map(text).collect());
    let row =
        |first: usize| RowText { tests: vec![TextId(first), TextId(first + 1)], outputs: vec![TextId(first + 2)] };
    let table = TableText {
        name: "monthly".to_owned(),
        hit: HitPolicy::First,
        inputs: vec![TextId(0), TextId(1)],
        outputs: vec!["amount".to_owned()],
        priorities: vec![None],
        rows: vec![row(2), row(5)],
        default: Some(vec![TextId(8)]),
        place: TextId(0),
    };
    let say = |language| explain_table(&table, &texts, &Scope::default(), &Law, language).to_text();
    assert_eq!(
        say(Language::English),
        "The first row that matches counts:\n  Age | Residence | Amount\n  less than 80 | any | 100\n  from 80 to 90, both included | not “registered” | Earned income × 2\n  otherwise |  | 0\n"
    );
    assert!(say(Language::Chinese).contains("80至90（含两端） | 非本地户籍 | 劳动收入 × 2"));
}

#[test]
fn words_stay_short_whatever_is_nested() {
    let mut text = "age".to_owned();
    for _ in 0..40 {
        text = format!("{text} in ((? + ?) in (? > 1 and ? < 2))");
        text = format!("({text})");
    }
    let nested = (0..40).fold("? > 1".to_owned(), |inner, _| format!("(? + ?) in ({inner})"));
    for text in [text, format!("age in ({nested})")] {
        let said = explain_condition(&tree(&text), &Law, Language::Chinese).to_text();
        assert!(said.len() < 200_000, "{} bytes", said.len());
    }
}

#[test]
fn an_item_by_a_computed_number_is_no_condition() {
    check(
        "members[min(age, 3)].age",
        "Age of a member of item (the least of Age and 3) of Members of the household",
        "家庭成员的第（年龄和3中的最小值）项的成员年龄",
    );
}

#[test]
fn a_part_of_a_chosen_item_stands_in_brackets_within_a_formula() {
    check(
        "members[1].age + age",
        "(Age of a member of the first item of Members of the household) + Age",
        "（家庭成员的首项的成员年龄） + 年龄",
    );
}

#[test]
fn a_title_that_is_a_sentence_stands_in_quotes_where_it_may_apply() {
    check_condition("exempt", "“Receipt of SSI makes the household exempt” applies");
    check_condition("not(exempt)", "“Receipt of SSI makes the household exempt” does not apply");
    check_condition("low_income", "Low income applies");
}

#[test]
fn a_thing_that_is_named_with_its_kind_has_the_title_of_that_kind() {
    check_condition("criteria.low_income", "“Income is low by the Act” applies");
    check_condition("facts.low_income", "Low income applies");
}

fn check_condition(text: &str, english: &str) {
    let said = explain_condition(&tree(text), &Law, Language::English);
    assert_eq!(said.to_text().trim_end(), english, "{text}");
}

#[test]
fn whether_a_parameter_has_a_value_is_said_without_its_values() {
    check_condition("disregard = null", "Disregard has no value");
    check_condition("disregard != null", "Disregard has a value");
}

#[test]
fn a_formula_has_brackets_where_readers_differ_on_what_comes_first() {
    check("-age ** 2", "(−Age) ^ 2", "（−年龄） ^ 2");
    check("-(age ** 2)", "−(Age ^ 2)", "−（年龄 ^ 2）");
    check("2 ** age ** 2", "(2 ^ Age) ^ 2", "（2 ^ 年龄） ^ 2");
    check("2 ** (age ** 2)", "2 ^ (Age ^ 2)", "2 ^ （年龄 ^ 2）");
    check("(-2) ** age", "(−2) ^ Age", "（−2） ^ 年龄");
    check("age - (income - 1)", "Age − (Earned income − 1)", "年龄 − （劳动收入 − 1）");
    check("age / (income / 2)", "Age ÷ (Earned income ÷ 2)", "年龄 ÷ （劳动收入 ÷ 2）");
    check(
        "1 + if low_income then 2 else 3",
        "1 + (2 if Low income applies, otherwise 3)",
        "1 + （如果“低收入”成立则2，否则3）",
    );
    check(
        "less(income, age - 1)",
        "Earned income less (Age − 1), but not below 0",
        "劳动收入减去（年龄 − 1）（不低于0）",
    );
    check("sqrt(age + 1)", "The square root of (Age + 1)", "（年龄 + 1）的平方根");
}

#[test]
fn a_comparison_of_conditions_says_whether_both_hold() {
    check(
        "not(low_income) = (age > 3)",
        "Either both (Low income does not apply) and (Age is more than 3) hold, or neither does",
        "（“低收入”不成立）与（年龄大于3）同时成立或同时不成立",
    );
    check(
        "(age > 3) != (income > 9 or low_income)",
        "Exactly one of (Age is more than 3) and (Earned income is more than 9 or Low income applies) holds",
        "（年龄大于3）与（劳动收入大于9或“低收入”成立）恰有一项成立",
    );
    check("(age > 3) = true", "Age is more than 3", "年龄大于3");
    check("false = low_income", "Low income does not apply", "“低收入”不成立");
    check("(age > 3) = false", "It is not so that Age is more than 3", "并非年龄大于3");
}

#[test]
fn a_sentence_has_brackets_around_what_is_joined_within_it() {
    check(
        "count(members[(age > 3 or low_income) and not(age = 5 and low_income)]) = 1",
        "The number of items of Members of the household for which ((Age of a member is more than 3 or Low income \
         applies) and (it is not so that (Age of a member is 5 and Low income applies))) is 1",
        "家庭成员中满足（（成员年龄大于3或“低收入”成立）且（并非（成员年龄为5且“低收入”成立）））的项数为1",
    );
    check(
        "not(not(age between 1 and 3))",
        "It is not so that (it is not so that Age is from 1 to 3, both included)",
        "并非（并非年龄为1至3（含两端））",
    );
    check(
        "not(age in (< 18, >= 60))",
        "It is not so that (Age is less than 18 or Age is at least 60)",
        "并非（年龄小于18或年龄不小于60）",
    );
    check(
        "age in ([60..80), > 90)",
        "(Age is at least 60 and less than 80) or Age is more than 90",
        "（年龄为不小于60且小于80）或年龄大于90",
    );
    check(
        "(if low_income then 1 else 2) > age",
        "(1 if Low income applies, otherwise 2) is more than Age",
        "（如果“低收入”成立则1，否则2）大于年龄",
    );
    check(
        "count([if low_income then (if age > 1 then 1 else 2) else if age > 3 then 4 else 5])",
        "The number of items of ((1 if Age is more than 1, otherwise 2) if Low income applies, otherwise 4 if Age \
         is more than 3, otherwise 5)",
        "（如果“低收入”成立则（如果年龄大于1则1，否则2），否则如果年龄大于3则4，否则5）的项数",
    );
    check(
        "max(min(age, 3), income)",
        "The greatest of (the least of Age and 3) and Earned income",
        "（年龄和3中的最小值）和劳动收入中的最大值",
    );
    check(
        "floor(min(age, income))",
        "(the least of Age and Earned income), rounded down to a whole number",
        "（年龄和劳动收入中的最小值）（向下取整）",
    );
}
