//! A county's benefit as an author might get it wrong: which mistake it makes, if any, its parameters choose.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Planted);

impl Guest for Planted {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        if parameters.mistake == Mistake::Budget && applicant.age == Some(101) {
            while core::hint::black_box(true) {}
        }
        let Some(children) = applicant.children else {
            // Without children the amount isn't known; whoever is refused is refused all the same.
            return answer(test(&applicant, &parameters), || Determination::Undetermined);
        };
        answer(test(&applicant, &parameters), || {
            Determination::Eligible(Grant { amount: Some(amount(children, &applicant, &parameters)) })
        })
    }
}

fn test(applicant: &Applicant, parameters: &Parameters) -> Test {
    let old_enough = |age: u8| match parameters.mistake {
        Mistake::Boundary => age > parameters.min_age,
        _ => age >= parameters.min_age,
    };
    let resident = match parameters.mistake {
        Mistake::Missing => Some(applicant.resident.unwrap_or(false)),
        _ => applicant.resident,
    };
    let person = all([criterion("old-enough", applicant.age.map(old_enough)), criterion("resident", resident)]);
    match parameters.mistake {
        Mistake::Forgotten => person,
        _ => all([
            person,
            criterion("income-low-enough", applicant.income.map(|income| income <= parameters.income_max)),
        ]),
    }
}

fn amount(children: u8, applicant: &Applicant, parameters: &Parameters) -> Decimal {
    let with_children = (children > 0) != (parameters.mistake == Mistake::Swapped);
    let amount = if with_children { parameters.with_children } else { parameters.alone };
    let less = |by: i64| amount - Decimal { units: by, scale: 0 };
    match parameters.mistake {
        Mistake::Cliff if applicant.income.is_some_and(|income| income > Decimal { units: 500, scale: 0 }) => less(45),
        Mistake::Influence if applicant.origin == Some(Origin::Elsewhere) => less(10),
        Mistake::Bound if applicant.age == Some(77) => less(90),
        Mistake::BoundAtOneAmount if applicant.income == Some(Decimal { units: 43_729, scale: 2 }) => less(90),
        _ => amount,
    }
}
