//! Texts and their trees.

use super::{scope, shape, shape_of_type, shapes};
use crate::syntax::{parse_expression, parse_tests, parse_type_name};

fn check(text: &str, expect: &str) {
    let found = match parse_expression(text, &scope()) {
        Ok(expression) => shape(&expression),
        Err(errors) => format!("{errors:?}"),
    };
    assert_eq!(found, expect, "{text}");
}

fn check_tests(text: &str, expect: &str) {
    let found = match parse_tests(text, &scope()) {
        Ok(tests) => shapes(&tests),
        Err(errors) => format!("{errors:?}"),
    };
    assert_eq!(found, expect, "{text}");
}

fn check_type(text: &str, expect: &str) {
    let found = match parse_type_name(text, &scope()) {
        Ok(of) => shape_of_type(&of),
        Err(errors) => format!("{errors:?}"),
    };
    assert_eq!(found, expect, "{text}");
}

#[test]
fn operators_bind_as_closely_as_the_standard_says() {
    check("1 + 2 * 3", "(Add 1 (Multiply 2 3))");
    check("1 - 2 - 3", "(Subtract (Subtract 1 2) 3)");
    check("8 / 4 / 2", "(Divide (Divide 8 4) 2)");
    check("-2**2", "(Power (-2) 2)");
    check("2**-1", "(Power 2 (-1))");
    check("2**3**2", "(Power (Power 2 3) 2)");
    check("- -1", "(-(-1))");
    check("-x.y", "(-(x).`y`)");
    check("x or y and x = 1", "(Or x (And y (Equal x 1)))");
    check("x + 1 < y * 2", "(Less (Add x 1) (Multiply y 2))");
    check("x = y = true", "(Equal (Equal x y) true)");
    check("(1 + 2) * 3", "(Multiply (Add 1 2) 3)");
    check("x instance of number and y", "(And (instance x number) y)");
    check("-x instance of number", "(-(instance x number))");
    check("x between 1 and 2 + 3 and y", "(And (between x 1 (Add 2 3)) y)");
}

#[test]
fn names_have_blanks_and_operators_where_they_are_known() {
    check("Monthly Salary * 12", "(Multiply `Monthly Salary` 12)");
    check("Monthly   Salary*12", "(Multiply `Monthly Salary` 12)");
    check("a-b - a - b", "(Subtract `a-b` `a-b`)");
    check("Applicant's age >= 18", "(GreaterOrEqual `Applicant's age` 18)");
    check("c-d", "(Subtract `c` `d`)");
    check("x.first name", "(x).`first name`");
    check("x[Hourly Rate > 5]", "(filter x (Greater `Hourly Rate` 5))");
    check("年龄 >= 80", "(GreaterOrEqual `年龄` 80)");
    check("date and time(\"2026-01-01T00:00:00\")", "`date and time`(\"2026-01-01T00:00:00\")");
    check("date and time", "(And `date` `time`)");
    check("list of items", "`list of items`");
    check("for my item in [1] return my item + 1", "(for my item in [1] (Add `my item` 1))");
    check("function(the size: number) the size", "(function [the size: number] `the size`)");
    check("{ net pay: 1, double net pay: net pay * 2 }", "{net pay: 1, double net pay: (Multiply `net pay` 2)}");
    check("{ net pay: 1 }.net pay", "({net pay: 1}).`net pay`");
    check("[{ net pay: 1 }][net pay > 0]", "(filter [{net pay: 1}] (Greater `net pay` 0))");
}

#[test]
fn what_begins_with_a_word_is_read() {
    check("if x then 1 else if y then 2 else 3", "(if x 1 (if y 2 3))");
    check("for i in 1..x, j in [i] return i + j", "(for i in 1..x, j in [`i`] (Add `i` `j`))");
    check("for i in [1..3] return partial", "(for i in [1..3] `partial`)");
    check("some i in x satisfies i > 1", "(some 1 (Greater `i` 1))");
    check("every i in x, j in y satisfies i = j", "(every 2 (Equal `i` `j`))");
    check("1 + if x then 1 else 2", "(Add 1 (if x 1 2))");
    check("function(a, b: list<number>) a", "(function [a, b: list<number>] `a`)");
    check("(function(a) a + 1)(2)", "(function [a] (Add `a` 1))(2)");
}

#[test]
fn brackets_make_lists_ranges_contexts_calls_and_filters() {
    check("[]", "[]");
    check("[1, 2]", "[1, 2]");
    check("[1..2]", "[1..2]");
    check("(1..2)", "(1..2)");
    check("]1..2[", "(1..2)");
    check("[1..x[", "[1..x)");
    check("[1..x[1]]", "[1..(filter x 1)]");
    check("x in ]1..2[ and y", "(And (in x (1..2)) y)");
    check("[]1..2], [3..4[]", "[(1..2], [3..4)]");
    check("(< 5)", "(range Less 5)");
    check("[< 5, > 10]", "[(range Less 5), (range Greater 10)]");
    check("{}", "{}");
    check("{ a: 1, \"b c\": { d: 2 } }", "{a: 1, b c: {d: 2}}");
    check("less(x, 1)", "`less`(x, 1)");
    check("substring(start position: 1, string: \"a\")", "`substring`(start position: 1, string: \"a\")");
    check("x[1][item > 2].y", "((filter (filter x 1) (Greater `item` 2))).`y`");
    check("today()", "`today`()");
    check("@\"2026-01-01\" + duration(\"P1D\")", "(Add @\"2026-01-01\" `duration`(\"P1D\"))");
    check("// first\nx /* then */ + y", "(Add x y)");
}

#[test]
fn in_takes_one_test_or_several() {
    check("x in (1, 2)", "(in x 1; 2)");
    check("x in (1 + 2) * 3", "(in x (Multiply (Add 1 2) 3))");
    check("x in (1..2)", "(in x (1..2))");
    check("x in [1, 2]", "(in x [1, 2])");
    check("x in (> 1, not(5), [1..2])", "(in x Greater 1; not(5); [1..2])");
    check("x in >= 1 and y", "(And (in x GreaterOrEqual 1) y)");
    check("x in y", "(in x y)");
    check("x in not(1, 2)", "(in x not(1; 2))");
}

#[test]
fn cells_hold_tests() {
    check_tests("", "any");
    check_tests(" - ", "any");
    check_tests("\"a\",\"b\"", "\"a\"; \"b\"");
    check_tests("< 5, [10..20)", "Less 5; [10..20)");
    check_tests("-5", "(-5)");
    check_tests("not(\"a\", > 3)", "not(\"a\"; Greater 3)");
    check_tests("not(x) and y", "(And `not`(x) y)");
    check_tests("not(not(< 3)) or x", "(Or `not`(`not`((range Less 3))) x)");
    check_tests("not(negand: x) and y", "(And `not`(negand: x) y)");
    check_tests("? > 1 and ? < 5", "(And (Greater `?` 1) (Less `?` 5))");
    check_tests("!= null", "NotEqual null");
    check_tests("date(\"2026-01-01\")", "`date`(\"2026-01-01\")");
}

#[test]
fn types_have_names_and_parts() {
    check_type("number", "number");
    check_type("days and time duration", "days and time duration");
    check_type("list<list<string>>", "list<list<string>>");
    check_type("range<date and time>", "range<date and time>");
    check_type("context<a: number, b c: list<Any>>", "context<a: number, b c: list<Any>>");
    check_type("function<number, date>->string", "function<number, date> -> string");
    check_type("function<>->string", "function<> -> string");
    check_type("Loan Product", "Loan Product");
    check_type("model.Loan Product", "model.Loan Product");
    check_type("list", "list");
    check("x instance of function<number> -> string", "(instance x function<number> -> string)");
}
