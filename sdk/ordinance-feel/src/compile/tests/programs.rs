//! Random rules of every kind of expression.

use crate::check::tests::random::Random;

/// Tables of one number, `band`.
const TABLES: &[&str] = &[
    "table band first | age, low_income | rate\nrow < 10 | - | 10.00\nrow [10..60) | true | 20.00\nrow - | - | 30.00\n",
    "table band unique | age | rate\nrow < 18 | 1\nrow [18..65) | 2\nrow >= 65 | 3\n",
    "table band unique | age, low_income | rate\nrow < min_age | true | 1\nrow >= share * 1 | - | 2.5\ndefault 7\n",
    "table band unique | age, members[1].age | rate\nrow < 30 | < 50 | 1\nrow > members[2].age | - | 2.5\ndefault 7\n",
    "define limit = count(members) * 20\ntable band unique | age, low_income | rate\nrow < limit | - | 1\n\
     row > 50 | true | 2\ndefault 7\n",
    "table band priority | age, low_income | rate | 5, 3, 1\nrow < 50 | - | 1\nrow > 20 | true | 3\nrow - | - | 5\n",
    "table band priority | age, low_income | rate | 5, 3, 1\nrow < 50 | - | count(members)\nrow > 20 | true | 3\n\
     row - | - | 5\n",
    "table band any | age, low_income | rate\nrow < 50 | - | 1\nrow < 60 | true | 1\ndefault 0\n",
    "table band any | age, low_income | rate\nrow < 50 | - | count(members)\nrow < 60 | true | 2\ndefault 0\n",
    "table band any | age, low_income | rate\nrow < share * 1 | - | 1\nrow < 60 | true | 2\ndefault 0\n",
    "table band sum | age, low_income | rate\nrow < 50 | - | 1\nrow > 20 | true | 3.25\nrow - | - | 5\n",
    "table band count | age, low_income | rate\nrow < 50 | - | 1\nrow > 20 | true | 3.25\n",
    "table band max | age, low_income | rate\nrow < 50 | - | 1\nrow > 20 | true | 3.25\ndefault 2\n",
    "table band min | age, low_income | rate\nrow < 50 | - | count(members)\nrow > 20 | true | 3.25\ndefault 2\n",
    "table rows rule order | age, low_income | rate\nrow < 50 | - | 1\nrow > 20 | true | 3\nrow > 40 | - | 5\n\
     define band = sum(rows)\n",
    "table rows collect | age, low_income | rate\nrow < 50 | - | 1\nrow > 20 | true | 3\ndefault 2\n\
     define band = count(rows)\n",
    "table rows output order | age, low_income | rate | 5, 3, 1\nrow < 50 | - | 1\nrow > 20 | true | 3\nrow - | - | 5\n\
     define band = rows[1]\n",
    "table rows output order | age, low_income | rate | 5, 3, 1\nrow < 50 | - | count(members)\nrow > 20 | true | 3\n\
     row - | - | 5\ndefine band = rows[-1]\n",
    "table band first | residence, birth_date | rate\nrow \"registered\", \"resident\" | < date(\"2024-05-01\") | 1\n\
     row - | - | 2\n",
    "table pair first | age | rate, word\nrow < 30 | 1 | \"a\"\nrow < 60 | count(members) | \"b\"\nrow - | 3 | \"a\"\n\
     define band = if pair.word = \"a\" then pair.rate else pair.rate + 1\n",
];

/// A table of so many rows that it is looked up as data.
fn large_table(random: &mut Random) -> String {
    let (hit, width) = (random.one_of(&["first", "unique"]), 1 + random.below(2));
    let mut text = format!("table band {hit} | age, facts.grade, low_income | rate\n");
    for from in (0..130).step_by(width as usize).take(100) {
        let grade = random.one_of(&["< 3", "[2..3]", "1, 4", "-"]);
        let income = random.one_of(&["true", "false", "-"]);
        text += &format!(
            "row [{from}..{}) | {grade} | {income} | {}.{}\n",
            from + width,
            random.below(50),
            random.below(10)
        );
    }
    text + "default 0.5\n"
}

/// Conditions on what a rule reads.
const CONDITIONS: &[&str] = &[
    "some m in members satisfies m.works",
    "every m in members satisfies m.age >= 18 or m.works",
    "count(members) >= 3",
    "birth_date >= from_day",
    "inherited != null",
    "residence in (\"registered\", \"resident\")",
    "surname = \"Li\"",
    "jurisdiction = \"CN\"",
    "is given(age)",
    "if low_income then age > 30 else age > 60",
    "facts.grade <= 2 and not(low_income)",
    "first known(low_income, is given(age), age > 50)",
    "first known(residence, \"resident\") = \"registered\"",
    // Lists that are walked.
    "some m in members[age > 30] satisfies m.works",
    "sum(for i in 1..3 return i * age) > 60",
    "some i in 4..1 satisfies i * 20 > age and facts.grade < i",
    "(for i in 7..3, m in members return i * m.income)[-1] > 60",
    // Quotients.
    "income / facts.grade <= monthly * 3",
    "income > 500 or monthly * 2 >= (income - monthly) / count(members[age > 3 or works])",
    "(income - 500) / (facts.grade + 0.5) < monthly and 2000 < income / 12",
    // Sorting.
    "sort(members, function(a, b) a.age < b.age)[1].works",
    "sort(members, function(a, b) a.income >= b.income)[-1].age > 20",
    "sort(members[works], function(a, b) a.age < b.age)[1].age > 30",
    "sort([age, 40, facts.grade * 20], function(a, b) a < b)[2] = 40",
    "count(sort(members.age, function(a, b) a > b)[item > 18]) > 1",
    // Results so far.
    "(for i in 1..4 return if i = 1 then age * 1 else partial[-1] + i)[-1] > 40",
    "sum(for m in members return if count(partial) > 1 then partial[1] else m.age) > 90",
    "(for m in members[works] return if count(partial) = 0 then m.age else partial[-1] + 1)[-1] > 50",
    // Ranges as values.
    "includes([18..65), age)",
    "during(age, (min_age - 60..min_age])",
    "overlaps([min_age - 10..min_age + 10], [age..age + 5])",
    "before([1..10], age)",
    "meets([1..age], [age..200])",
    "{r: [age..140]}.r = [30..140]",
    "starts([facts.grade..10], [facts.grade..20])",
    "includes([@\"2024-01-01\"..@\"2024-12-31\"], birth_date)",
    "(for i in [age, 5] return [i..200])[1].end included",
    // Texts.
    "string length(surname) > 2",
    "contains(upper case(surname), \"I\")",
    "starts with(surname + \"x\", \"L\")",
    "substring(surname, 1, 1) = \"S\"",
    "matches(surname, \"[A-Z]i.*\")",
    "string(age) = \"30\"",
    "string join(for m in members return string(m.age), \",\") = \"0,0\"",
    "surname < \"M\"",
    "replace(surname, \"i\", \"o\") = \"Lo\"",
    "count(split(surname, \"i\")) = 2",
    "(if low_income then \"a\" else surname) = \"a\"",
    // Durations, days and times.
    "birth_date + @\"P1Y\" <= as_of",
    "years and months duration(birth_date, as_of).years >= 1",
    "(as_of - birth_date).days > 100",
    "as_of - birth_date > @\"P30D\"",
    "time(\"10:30:00\") + @\"PT2H\" > time(\"12:00:00\")",
    "date and time(birth_date, time(\"10:00:00\")) < date and time(as_of, time(\"09:00:00\"))",
    "years and months duration(as_of, birth_date).months >= -3",
    "birth_date + @\"P1Y6M\" <= from_day",
    "birth_date - @\"P3M\" <= as_of - @\"P1M\"",
    "birth_date + @\"P90D\" > from_day and @\"P45D\" + birth_date > as_of",
    "as_of - birth_date > @\"P100D\" or (birth_date - as_of).days < 40",
    "birth_date.year * 12 + birth_date.month > as_of.year * 12 + birth_date.day",
    "if low_income then birth_date + @\"P1Y\" > as_of else birth_date > from_day - @\"P200D\"",
    "birth_date.weekday < 4",
    "day of year(birth_date) > 180",
    "duration(\"P1Y\") * facts.grade > @\"P30M\"",
    "max(birth_date, from_day) = from_day",
    // Numbers and days from one to another.
    "sum(for i in 1..facts.grade return i) > 3",
    "(for i in facts.grade..1 return i * 2)[1] > 4",
    "some i in 1..facts.grade satisfies i * 20 > age",
    "every i in 1..3 satisfies (if i = facts.grade then low_income else true)",
    // Lists of which it isn't known what they hold.
    "count(members[age < min_age and works]) > 1",
    "members[works][1].age > 18",
    "sum(members[age < 40].income) > 1000",
    "list contains(members.age, age)",
    "every m in members[works] satisfies m.income > 5",
    "some a in members satisfies some b in members satisfies a.age > b.age + 10",
    "count(for a in members, b in members[works] return a.age + b.age) > 3",
    "members[-1].works",
    "distinct values(members.age)[1] > 20",
    "index of(members.works, true)[1] = 1",
    "count(concatenate(members.age, [age])) = 3",
    "median(members.age) > 40",
    "standards[persons <= facts.grade][-1].amount > 700",
    "standards[persons = facts.grade][1] = null",
    "members[3] = null",
    "members[age > 100][1].income > 10",
    "scheme.bonus != null and scheme.bonus > income",
    "{a: age, b: low_income}.a > 30",
    "{a: age} = {a: 30}",
    "[age, 30] = [30, 30]",
    "get value({a: age}, \"a\") = 30",
    "first known(age, share * 1, 5) > 20",
    "if members[2] = null then low_income else members[2].works",
];

/// Numbers that need the library.
const NUMBERS: &[&str] = &[
    "sqrt(income * 1)",
    "exp(facts.grade)",
    "log(age + 1)",
    "stddev(members.age)",
    "mean(members.income)",
    "number(string(age))",
    "sort(members, function(a, b) a.income < b.income)[1].income * 1",
    "(for i in 1..3 return if i = 1 then income * 1 else partial[-1] / 2)[-1]",
    "years and months duration(birth_date, as_of).months",
    "string length(surname + \"abc\")",
    "max(members.income) * 1",
    "min(for m in members return m.income * 2)",
    "members[age > 18][1].income * 1",
    "product(for i in 1..facts.grade return i)",
    "modulo(income * 1, age * 1)",
    "(income / members[1].age) / 3",
    "income ** 2",
    "income ** 0.5",
    "(members[1].income * 1) / (members[2].income * 1)",
];

/// A random rule.
pub(super) fn rule_text(random: &mut Random) -> String {
    let depth = random.below(4) as usize;
    let other = random.below(3) as usize;
    let number = |random: &mut Random, depth: usize| match random.below(4) {
        0 => random.one_of(NUMBERS).to_owned(),
        _ => random.number(depth),
    };
    let (first, second) = (number(random, depth), number(random, other));
    let comparison = random.one_of(&["<", "<=", ">", ">=", "=", "!="]);
    let (more, also) = (random.one_of(CONDITIONS), random.one_of(CONDITIONS));
    let table = match random.below(6) {
        0 | 1 => String::new(),
        2 => large_table(random),
        _ => random.one_of(TABLES).to_owned(),
    };
    let band = if table.is_empty() { "1" } else { "band" };
    format!(
        "{table}define first = {first}\ndefine second = {second}\ncriterion one = first * 1 {comparison} second * 1\n\
         criterion two = {more}\ncriterion three = {also}\neligible = one {} two {} three\n\
         grant amount = min(max(decimal(first * {band}, 2), 0), 100000)\n",
        random.one_of(&["and", "or"]),
        random.one_of(&["and", "or"]),
    )
}

#[test]
fn most_kinds_of_expressions_are_checked() {
    use crate::check::check_rule;
    use crate::check::tests::{contract, manifest, rule_of};
    let faults = |text: &str| {
        let rule = rule_of(text);
        check_rule(&rule, &contract(), &manifest()).err().map(|faults| format!("{text}\n{faults:?}\n"))
    };
    let conditions = CONDITIONS.iter().map(|more| format!("criterion one = {more}\ngrant amount = 1"));
    let numbers = NUMBERS.iter().map(|number| format!("define x = {number}\ncriterion one = x > 1\ngrant amount = 1"));
    let tables = TABLES.iter().map(|table| format!("{table}criterion one = age > 10\ngrant amount = band * 1"));
    let refused: Vec<String> = conditions.chain(numbers).chain(tables).filter_map(|text| faults(&text)).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
