//! What `import` refuses of a model, since a rule would answer otherwise than DMN, what it notes, and what it says of a
//! rule that it wrote and that can't be built.

use std::fs;

use crate::assertions::assert_contains;
use crate::dmn::{import, literal, model, rulebook};
use crate::support::{edit, root, run, scratch, text_of};

/// Whether `import` ends well for a model whose decision `Eligible` reads the input `X`, and what it says.
fn imported(types: &str, logic: &str, age: &str) -> (bool, String) {
    let folder = scratch();
    rulebook(folder.path());
    let inputs = format!(
        "{types}<inputData id=\"x\" name=\"X\"><variable name=\"X\" {age}/></inputData>\n\
         <decision id=\"d\" name=\"Eligible\"><variable name=\"Eligible\" typeRef=\"boolean\"/>\n\
         <informationRequirement><requiredInput href=\"#x\"/></informationRequirement>\n{logic}\n</decision>\n\
         <decision id=\"a\" name=\"Amount\"><variable name=\"Amount\"/>{}</decision>",
        literal("1")
    );
    fs::write(folder.path().join("m.dmn"), model(&inputs)).unwrap();
    fs::write(folder.path().join("map.toml"), "[facts]\nage = \"X\"\n").unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (dir, file, mapping) = (path(""), path("m.dmn"), path("map.toml"));
    let command =
        ["import", &file, "--service", "allowance", "--jurisdiction", "XX-1", "--dir", &dir, "--mapping", &mapping];
    let output = run(&command);
    (output.status.success(), text_of(&output))
}

fn table(attributes: &str, input: &str, cells: &[[&str; 2]], default: &str) -> String {
    let rules: String = cells
        .iter()
        .map(|[test, output]| {
            format!(
                "<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>\n"
            )
        })
        .collect();
    format!("<decisionTable {attributes}>\n<input>{input}</input>\n<output>{default}</output>\n{rules}</decisionTable>")
}

#[test]
fn a_model_to_which_a_rule_would_give_another_answer_is_refused_with_what_to_write_instead() {
    let refused = |logic: &str, parts: &[&str]| {
        let (good, said) = imported("", logic, "typeRef=\"number\"");
        assert!(!good, "{said}");
        parts.iter().for_each(|part| assert_contains(&said, part));
        assert!(!said.contains("is written"), "{said}");
    };
    refused(
        &literal("sum([1, 2][item &gt; X]) &gt; 1"),
        &[
            "m.dmn:6:26: decision \"Eligible\", literalExpression: the sum of no items is null in DMN and 0 in a rule",
            "write `sum(append([1, 2][item > X], 0))`",
        ],
    );
    let x = "<inputExpression><text>X</text></inputExpression>";
    let summed = table("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", x, &[["&gt; 5", "1"]], "");
    refused(
        &summed,
        &["without a rule that matches DMN gives null, and a rule of law 0", "write 0 as defaultOutputEntry"],
    );
    let counted = table("hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", x, &[["&gt; 5", "1"]], "");
    refused(&counted, &["implementations of DMN differ on the count of no rows"]);
    let computed =
        "<inputExpression><text>X + 1</text></inputExpression><inputValues><text>[0..5]</text></inputValues>";
    let asked = table("", computed, &[["&lt; 3", "true"], ["&gt;= 3", "false"]], "");
    refused(&asked, &["input 1, inputValues", "DMN gives null for a value that isn't one of `[0..5]`"]);
}

#[test]
fn an_exported_sum_of_nothing_is_0_as_in_the_rule() {
    let folder = scratch();
    rulebook(folder.path());
    let said = import(folder.path(), &root().join("tests/data/allowance.dmn"), &[]);
    assert_contains(&said, "has 2 criteria");
    let path = folder.path().join("XX-1/allowance/rule.toml");
    let summed = "\n[tables.extra]\nhit = \"collect sum\"\ninputs = [\"age\"]\nrows = [[\"> 90\", \"5\"]]\n";
    fs::write(&path, fs::read_to_string(&path).unwrap() + summed).unwrap();
    edit(&path, "result: base_amount + extra_money", "result: base_amount + extra + sum([1, 2][item > age])");
    let dir = folder.path().to_str().unwrap();
    let output = run(&["export", "XX-1/allowance", "--dmn", "--dir", dir]);
    let model = text_of(&output);
    assert_contains(&model, "sum(append([1, 2][item &gt; age], 0))");
    assert_contains(&model, "<output><defaultOutputEntry><text>0</text></defaultOutputEntry></output>");
    let out = folder.path().join("out.dmn");
    fs::write(&out, &output.stdout).unwrap();
    fs::remove_dir_all(folder.path().join("XX-1/allowance")).unwrap();
    let again = import(folder.path(), &out, &[]);
    assert_contains(&again, "Next: write the law");
}

#[test]
fn a_decision_that_may_not_have_the_values_of_its_type_is_refused_once_with_both_places() {
    let types = "<itemDefinition name=\"tS\"><typeRef>boolean</typeRef><allowedValues><text>true</text></allowedValues>\
                 </itemDefinition>\n";
    let decisions =
        |logic: &str| format!("<decision id=\"s\" name=\"S\"><variable name=\"S\" typeRef=\"tS\"/>{logic}</decision>");
    let reads = "<informationRequirement><requiredDecision href=\"#s\"/></informationRequirement>";
    let asked = |logic: &str| {
        let (good, said) = imported(
            &format!("{types}{}", decisions(&literal(logic))),
            &format!("{reads}{}", literal("S and X &gt; 60")),
            "typeRef=\"number\"",
        );
        (good, said)
    };
    let (good, said) = asked("false");
    assert!(!good, "{said}");
    assert_contains(&said, "m.dmn:4:1: decision \"S\": DMN gives null for a value that isn't one of `true`");
    assert_contains(&said, "(itemDefinition \"tS\", allowedValues, line 3)");
    assert_eq!(said.matches("error:").count(), 1, "{said}");
    let (good, said) = asked("true");
    assert!(good, "{said}");
}

#[test]
fn sums_and_values_that_can_not_differ_are_taken() {
    let taken = |types: &str, logic: &str| {
        let (good, said) = imported(types, logic, "typeRef=\"number\"");
        assert!(good, "{said}");
        assert!(!said.contains("Note"), "{said}");
    };
    taken("", &literal("sum(append([1, 2][item &gt; X], 0)) &gt; 1"));
    taken("", &literal("(if count([1, 2][item &gt; X]) = 0 then 0 else sum([1, 2][item &gt; X])) &gt; 1"));
    let output = "<outputValues><text>true, false</text></outputValues>";
    let x = "<inputExpression><text>X</text></inputExpression>";
    taken("", &table("", x, &[["&lt; 60", "false"], ["&gt;= 60", "true"]], output));
}

#[test]
fn allowed_values_of_an_input_are_told_with_the_fact_that_has_to_state_them() {
    let types = "<itemDefinition name=\"tAge\"><typeRef>number</typeRef><allowedValues><text>[0..99]</text></allowedValues>\
                 </itemDefinition>\n";
    let (good, said) = imported(types, &literal("X &gt; 60"), "typeRef=\"tAge\"");
    assert!(good, "{said}");
    assert_contains(&said, "itemDefinition \"tAge\", allowedValues: that `X` is one of `[0..99]` isn't carried over");
    assert_contains(&said, "see that the fact `age` says so in facts.toml");
    let asked = "<inputExpression><text>X</text></inputExpression><inputValues><text>&gt;= 18</text></inputValues>";
    let (good, said) = imported("", &table("", asked, &[["&lt; 60", "false"], ["&gt;= 60", "true"]], ""), "");
    assert!(good, "{said}");
    assert_contains(&said, "input 1, inputValues: that `X` is one of `>= 18` isn't carried over");
}

/// As `imported`, with an amount and the name of the model.
fn imported_amount(amount: &str, name: &str) -> (bool, String) {
    let folder = scratch();
    rulebook(folder.path());
    let reads = "<informationRequirement><requiredInput href=\"#x\"/></informationRequirement>";
    let decisions = format!(
        "<inputData id=\"x\" name=\"age\"/>\n\
         <decision id=\"a\" name=\"Amount\"><variable name=\"Amount\"/>{reads}{}</decision>\n\
         <decision id=\"e\" name=\"Eligible\"><variable name=\"Eligible\"/>{reads}{}</decision>",
        literal(amount),
        literal("age &gt; 60")
    );
    let file = folder.path().join("m.dmn");
    fs::write(&file, model(&decisions).replace("name=\"m\"", &format!("name=\"{name}\""))).unwrap();
    let (dir, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let output = run(&["import", file, "--service", "allowance", "--jurisdiction", "XX-1", "--dir", dir]);
    (output.status.success(), text_of(&output))
}

#[test]
fn a_written_rule_that_can_not_be_built_is_told_with_the_element_of_the_model() {
    let faulty = |logic: &str, part: &str| {
        let (good, said) = imported("", logic, "typeRef=\"number\"");
        assert!(!good, "{logic}: {said}");
        assert_contains(&said, part);
        assert_contains(&said, "is written, but can't be built as it is");
    };
    let x = "<inputExpression><text>X</text></inputExpression>";
    let element = "it comes from m.dmn:4:1: decision \"Eligible\"";
    faulty(&literal("count(X) &gt; 1"), element);
    faulty(&table("hitPolicy=\"PRIORITY\"", x, &[["&gt; 5", "true"], ["-", "false"]], ""), element);
    faulty(&table("hitPolicy=\"RULE ORDER\"", x, &[["&gt; 5", "true"], ["-", "false"]], ""), element);
    faulty(&table("hitPolicy=\"OUTPUT ORDER\"", x, &[["&gt; 5", "true"], ["-", "false"]], ""), element);
    let (good, said) = imported_amount("age / 3", "m");
    assert!(!good, "{said}");
    assert_contains(&said, "`amount` has at most 2 digits after the point");
    assert_contains(&said, "it comes from m.dmn:4:1: decision \"Amount\"");
    let (good, said) = imported_amount("3", "m\u{202e}m");
    assert!(!good, "{said}");
    assert_contains(&said, "the text holds the hidden character U+202E");
    assert_contains(&said, "it comes from the name of the model");
    let second = "it comes from m.dmn:10:1: decision \"Eligible\", decisionTable, rule 2";
    faulty(&table("", x, &[["&lt; 5", "false"], ["X &gt; 4", "true"]], ""), second);
}

#[test]
fn two_decisions_or_inputs_that_would_be_one_thing_of_the_rule_are_refused() {
    let folder = scratch();
    rulebook(folder.path());
    let file = folder.path().join("m.dmn");
    let boolean = |id: &str, name: &str, logic: &str| {
        format!(
            "<decision id=\"{id}\" name=\"{name}\"><variable name=\"{name}\" typeRef=\"boolean\"/>{logic}</decision>\n"
        )
    };
    let both = [boolean("a", "A b", &literal("true")), boolean("b", "a-b", &literal("true"))].concat();
    fs::write(&file, model(&both)).unwrap();
    let said = import(folder.path(), &file, &[]);
    assert_contains(&said, "the decisions `A b` and `a-b` would both be the criterion `a-b`");
    let reads = "<informationRequirement><requiredInput href=\"#1\"/></informationRequirement>\
                 <informationRequirement><requiredInput href=\"#2\"/></informationRequirement>";
    let inputs = "<inputData id=\"1\" name=\"Years Here\"/><inputData id=\"2\" name=\"years-here\"/>\n";
    let eligible = boolean("e", "Eligible", &format!("{reads}{}", literal("Years Here = years-here")));
    fs::write(&file, model(&format!("{inputs}{eligible}"))).unwrap();
    let said = import(folder.path(), &file, &[]);
    assert_contains(&said, "the inputs `Years Here` and `years-here` would both be the fact `years_here`");
    assert!(!folder.path().join("XX-1/allowance").exists());
}

#[test]
fn decisions_that_nothing_of_the_rule_uses_are_named_and_a_rule_without_the_grant_is_a_draft() {
    let folder = scratch();
    rulebook(folder.path());
    let reads = "<informationRequirement><requiredInput href=\"#x\"/></informationRequirement>";
    let text = format!(
        "<inputData id=\"x\" name=\"age\"/>\n\
         <decision id=\"s\" name=\"Subsidy\"><variable name=\"Subsidy\"/>{}</decision>\n\
         <decision id=\"e\" name=\"Eligible\"><variable name=\"Eligible\"/>{reads}{}</decision>",
        literal("5"),
        literal("age &gt; 60")
    );
    let file = folder.path().join("m.dmn");
    fs::write(&file, model(&text)).unwrap();
    let (dir, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let flags = ["import", file, "--service", "allowance", "--jurisdiction", "XX-1", "--dir", dir];
    let output = run(&flags);
    let said = text_of(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_contains(&said, "Nothing of the rule uses `Subsidy`");
    assert_contains(&said, "grants nothing, though the service `allowance` has a grant");
    fs::remove_dir_all(folder.path().join("XX-1/allowance")).unwrap();
    let mapping = folder.path().join("map.toml");
    fs::write(&mapping, "[grant]\namount = \"Subsidy\"\n").unwrap();
    let mapped = run(&[&flags[..], &["--mapping", mapping.to_str().unwrap()]].concat());
    assert!(mapped.status.success(), "{}", text_of(&mapped));
    assert!(!text_of(&mapped).contains("Nothing of the rule uses"));
}

#[test]
fn the_first_day_comes_from_an_exported_model_and_is_left_to_the_author_where_the_model_has_none() {
    let folder = scratch();
    rulebook(folder.path());
    let path = folder.path().join("XX-1/allowance/rule.toml");
    let said = import(folder.path(), &root().join("tests/data/allowance.dmn"), &[]);
    assert_contains(&said, "The model doesn't say from which day the law is in force");
    let written = fs::read_to_string(&path).unwrap();
    let guessed = written.lines().find(|line| line.starts_with("in-force")).unwrap().to_owned();
    assert_contains(&guessed, "}  # REPLACE: the first day");
    // With nothing else to replace, `review` still finds the day.
    fs::write(&path, written.replace("REPLACE: the document", "D").replace("\"REPLACE\"", "\"1\"")).unwrap();
    let dir = folder.path().to_str().unwrap();
    let out = folder.path().join("review");
    let reviewed = text_of(&run(&["review", dir, "--out", out.to_str().unwrap()]));
    assert_contains(&reviewed, "XX-1/allowance/rule.toml still contains REPLACE");
    edit(&path, &guessed, "in-force = { from = 2019-03-01, until = 2031-01-01 }");
    let out = folder.path().join("out.dmn");
    let exported = run(&["export", "XX-1/allowance", "--dmn", "--dir", dir, "--out", out.to_str().unwrap()]);
    assert!(exported.status.success(), "{}", text_of(&exported));
    fs::remove_dir_all(folder.path().join("XX-1/allowance")).unwrap();
    let said = import(folder.path(), &out, &[]);
    assert!(!said.contains("from which day"), "{said}");
    assert_contains(&fs::read_to_string(&path).unwrap(), "in-force = { from = 2019-03-01, until = 2031-01-01 }\n");
}
