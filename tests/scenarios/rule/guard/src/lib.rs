//! The privacy law of the scenarios: it rules as its parameters tell it to, and is silent on every other fact.
#![no_std]

use ordinance_sdk::privacy_prelude::*;

ordinance_sdk::privacy_rule!(Guard);

impl Guest for Guard {
    fn rule_on(parameters: Parameters, request: DisclosureRequest) -> Vec<Ruling> {
        let activity = match request.activity {
            Activity::Decide => "decide",
            Activity::Explain => "explain",
            Activity::Disclose => "disclose",
        };
        let party = if request.is_about_other() { "other" } else { "applicant" };
        let is_child = request.subject.age_band.is_some_and(|band| band < AgeBand::Age14);
        let holds = |entry: &&Entry| {
            entry.activity.as_deref().is_none_or(|only| only == activity)
                && entry.party.as_deref().is_none_or(|only| only == party)
                && entry.child.is_none_or(|only| only == is_child)
        };
        let entry_of =
            |fact: &RequestedFact| parameters.rulings.iter().filter(holds).find(|entry| entry.fact == fact.name);
        request.facts.iter().filter_map(|fact| Some(rule(&request, fact, entry_of(fact)?))).collect()
    }
}

fn rule(request: &DisclosureRequest, fact: &RequestedFact, entry: &Entry) -> Ruling {
    let consents = || request.consents_to(fact, Date::new(2026, 1, 1));
    let ruling = match entry.says.as_str() {
        "permit" => fact.permit("law"),
        "consent" if consents() => fact.permit("law"),
        "consent" => fact.withhold("law").ask_separate_consent(),
        "guardian" if request.guardian_consents() => fact.permit("law"),
        "guardian" | "withhold" => fact.withhold("law"),
        "undeclared" => fact.permit("no-such-criterion"),
        "trap" => panic!(),
        mask => fact.mask(mask, "law"),
    };
    match entry.days {
        Some(days) => ruling.retain_at_most_days(days).log_access(),
        None => ruling,
    }
}
