//! What authors are told.

use super::faults;

/// The faults of all these rules, against the file beside this one; `UPDATE=1` writes it.
fn check(file: &str, rules: &[&str]) {
    let told: String = rules.iter().map(|rule| format!("---\n{}\n---\n{}", rule.trim(), faults(rule))).collect();
    let path = format!("{}/src/check/tests/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(&path).unwrap_or_default(), "UPDATE=1 renews {path}");
}

#[test]
fn faults_say_what_is_wrong_where_and_how_to_mend_it() {
    let rules: Vec<String> = [
        "agee >= 18",
        "age >= min_aeg and incme > 3",
        "age + birth_date > 3",
        "birth_date + 30 > as_of",
        "residence = \"registred\"",
        "residence > \"neither\"",
        "age = \"18\"",
        "income + savings > 5",
        "income > rent",
        "facts.grade >= 1",
        "grade >= 1",
        "facts.grade = 5",
        "parameters.grad = 5",
        "age",
        "members",
        "later > 3",
        "later + 1 > 3",
        "scheme.bonus > 3",
        "age = null",
        "today() > birth_date",
        "now() = as_of",
        "flor(age) > 3",
        "floor(surname) > 3",
        "substring(surname) = \"x\"",
        "income.amount > 3",
        "members.agee[1] > 3",
        "members[0].age > 3",
        "members[ages > 3] = members",
        "sum(members) > 3",
        "count(age) > 3",
        "x(3)",
        "age(3) > 2",
        "floor > 3",
        "? > 3",
        "if age then true else false",
        "(if age > 3 then 1 else \"x\") = 1",
        "age between 65 and 18",
        "age in [65..18]",
        "age in (true)",
        "some i in 1..1000000 satisfies i > age",
        "some i in 1..income satisfies i > age",
        "@\"2026-02-30\" > as_of",
        "duration(surname) > @\"P1D\"",
        "function(x) x",
        "nothing_yet > 3",
        "round half up(x: 3, scale: 2) > 3",
        "as_of - birth_date > 30",
        "inherited",
        "string(age) + 3 = \"x\"",
        "age +",
        "(if low_income then income else savings) > 3",
        "list contains([\"a\", \"b\"], residence)",
    ]
    .into_iter()
    .map(|condition| format!("criterion c = {condition}"))
    .collect();
    check("faults_of_expressions.txt", &rules.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn faults_of_a_whole_rule_are_told_together() {
    check(
        "faults_of_rules.txt",
        &[
            "define a = b + 1\ndefine b = c + 1\ndefine c = a\ncriterion d = a > 3",
            "define age = 3\ndefine inherited = 3\ndefine min_age = 3\ncriterion d = true",
            "define f = function(x) f(x)\ncriterion d = f(3) > 3",
            "define f = function(x: number) x + 1\ncriterion d = f(\"x\") > 3\ncriterion e = f() > 3",
            "define bad = agee + 1\ndefine next = bad * 2\ncriterion c = next > 5 and facts.grade >= 1\ngrant amount = nxt",
            "criterion low-income = low_income and age > 3\neligible = low_income",
            "criterion old = age > 3\neligible = criteria.odl",
            "criterion c = true\ngrant amount = income / 3",
            "criterion c = true\ngrant amount = income * 0.001",
            "criterion c = true\ngrant amount = savings",
            "criterion c = true\ngrant amount = income + 100001",
            "criterion c = true\ngrant amount = \"x\"",
            "criterion c = true\ngrant amout = 3\ngrant months = 2.5",
            "criterion c = true\ngrant form = \"chash\"",
            "criterion c each age = age > 3",
            "criterion c each members = age > 3\ncriterion d = c",
            "criterion c = true\ngrant amount = round half up(income / 3, 2)\ngrant months = 3\ngrant form = \"cash\"",
            "table t unique | age, residence | x\n\
             row < 18 | \"registerd\" | 3\nrow > 17 | - | \"x\"\ncriterion c = t > 3",
            "table t unique | age | x\nrow \"x\" | 3\nrow true | 4\nrow 3 | 3 | 3\ncriterion c = t > 3",
            "table t priority | age | x\nrow < 18 | \"low\"\nrow < 60 | \"high\"\ncriterion c = t = \"low\"",
            "table t priority | age | x | \"high\"\nrow < 18 | \"low\"\nrow < 60 | \"high\"\ncriterion c = t = \"low\"",
        ],
    );
}
