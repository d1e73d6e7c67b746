//! Units of measure: what is no unit or contradicts another is refused; catalogues, forms and decisions show them.

use serde_json::json;

use crate::assertions::{assert_contains, assert_includes};
use crate::attacks::{benefit, refusal_of_edit};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, edit, plugins_rulebook, run, scratch, text_of};

const INCOME: &str = "unit = \"CNY per month\"";

#[test]
fn a_text_that_is_no_unit_is_refused_with_what_is_one() {
    let said = refusal_of_edit("facts.toml", INCOME, "unit = \"yuan a month\"");
    assert_contains(&said, "`yuan a month` is no unit");
    assert_contains(&said, "a currency of ISO 4217 (CNY, EUR, USD)");
    let said = refusal_of_edit("facts.toml", INCOME, "unit = \"CNZ\"");
    assert_contains(&said, "`CNZ` is no unit");
    assert_contains(&said, "did you mean `");
    let said = refusal_of_edit("services/benefit.toml", INCOME, "unit = \"CNY per moon\"");
    assert_contains(&said, "`per moon` is none of the things and times that a number can be per");
    assert_contains(&said, "services/benefit.toml:");
    let parameter = "[parameters.amount]\nunit = \"CNY per month per person\"\n";
    let said = refusal_of_edit("N/benefit/rule.toml", "[parameters.amount]\n", parameter);
    assert_contains(&said, "`per person` stands too late");
}

#[test]
fn only_numbers_have_a_unit() {
    let resident = "[resident]\ntype = \"bool\"\n";
    let said = refusal_of_edit("facts.toml", resident, &format!("{resident}unit = \"years\"\n"));
    assert_contains(&said, "only a number has a unit");
    let days = "values = [{ from = 2020-01-01, value = 60 }]\n[parameters.amount]";
    let day = "unit = \"years\"\nvalues = [{ from = 2020-01-01, value = 2020-01-01 }]\n[parameters.amount]";
    assert_contains(&refusal_of_edit("N/benefit/rule.toml", days, day), "only a number has a unit");
}

#[test]
fn a_limit_in_another_period_or_currency_than_the_grant_is_refused() {
    let limit = |unit: &str| {
        let bounds = format!(
            "jurisdiction = \"N\"\nservice = \"benefit\"\n[bounds.grant.amount]\nbound = \"at-least amount_least\"\n\
             provision = {{ document = \"Benefit Act\", article = \"2\" }}\n[parameters.amount_least]\n{unit}\
             titles = {{ en = \"Least amount\" }}\nvalues = [{{ from = 2020-01-01, value = \"50.00\" }}]\n"
        );
        let folder = scratch();
        let rule = benefit("N", "50.00");
        let files = [("N/guard/rule.toml", &*permitting("")), ("N/benefit/rule.toml", &rule)];
        write_and_build(folder.path(), &files);
        let source = folder.path().join("source");
        edit(&source.join("services/benefit.toml"), "\"at-least inherited\"", "\"delegated\"");
        std::fs::write(source.join("N/benefit/bounds.toml"), bounds).unwrap();
        text_of(&run(&["build", source.to_str().unwrap()]))
    };
    assert_contains(&limit("unit = \"CNY per month\"\n"), "rules built into");
    assert_contains(&limit(""), "rules built into");
    for other in ["CNY per year", "USD per month", "CNY"] {
        let said = limit(&format!("unit = \"{other}\"\n"));
        let message = format!("`amount_least` is in `{other}`, but what it limits is in `CNY per month`");
        assert_contains(&said, &message);
        assert_contains(&said, "N/benefit/bounds.toml:");
    }
}

#[test]
fn a_parameter_in_a_currency_that_its_service_lacks_is_refused() {
    let parameter = "[parameters.amount]\nunit = \"USD per month\"\n";
    let said = refusal_of_edit("N/benefit/rule.toml", "[parameters.amount]\n", parameter);
    assert_contains(&said, "`amount` is in `USD per month`");
    assert_contains(&said, "the facts and the grant of its service are in CNY");
}

#[test]
fn catalogues_forms_and_decisions_show_the_units_by_their_parts() {
    let server = Server::start(plugins_rulebook(), "");
    let monthly = json!({"kind": "currency", "currency": "CNY", "period": "month"});
    let service = server.get("/v1/services/disability-care-subsidy").json();
    assert_includes(&service["grant"][0], json!({"unit": "CNY per month", "measure": monthly, "better": "more"}));
    assert_eq!(service["eligible"], "benefit");
    let tax = server.get("/v1/services/county-income-tax").json();
    let percent = json!({"kind": "percent", "of": "Maryland taxable income"});
    assert_includes(&tax["grant"][0], json!({"measure": percent, "better": "less"}));
    assert_eq!(tax["eligible"], "liability");

    let form = "/v1/services/minimum-living-allowance/form?jurisdiction=CN-370602&as_of=2026-03-01";
    let form = server.get(form).json().to_string();
    assert_contains(&form, r#""x-unit":"CNY per month""#);
    assert_contains(&form, r#""x-measure":{"currency":"CNY","kind":"currency","period":"month"}"#);

    let facts = json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false});
    let decision = server.decide("CN-370602", "disability-care-subsidy", "2026-03-01", &facts).json();
    assert_includes(&decision, json!({"grant": {"amount": "193.00"}, "units": {"amount": "CNY per month"}}));
    let denied = server.decide("CN-370602", "disability-care-subsidy", "2026-03-01", &json!({"disability_grade": 4}));
    assert_eq!(denied.json().get("units"), None);
}
