//! What changes for authorities that publish: rules withdrawn, a delegation renewed or ended, keys that aren't the
//! role's.

use std::fs;

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::Country;
use crate::support::{copy_folder, edit};

/// The bytes of the file that puts a repository's state into effect.
fn state_of(country: &Country, repository: &str) -> Vec<u8> {
    fs::read(country.path(&format!("repositories/{repository}/metadata/timestamp.json"))).unwrap()
}

#[test]
fn published_rules_that_a_rulebook_lacks_are_listed_and_withdrawn_only_on_demand() {
    let country = Country::that_publishes();
    // The province publishes a rule of Yantai's neighbour, as long as that has no authority of its own.
    let folder = country.path("shandong/CN-37");
    edit(
        &country.path("shandong/rulebook.toml"),
        "[privacy]",
        "[[jurisdictions]]\ncode = \"CN-3710\"\nparent = \"CN-37\"\nnames = { en = \"Weihai\" }\n\n[privacy]",
    );
    copy_folder(&folder, &country.path("shandong/CN-3710"));
    edit(&country.path("shandong/CN-3710/old-age-allowance/rule.toml"), "CN-37", "CN-3710");
    fs::remove_dir_all(country.path("shandong/CN-3710/old-age-allowance/cases")).unwrap();
    let publish = "ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish";
    assert_contains(&country.good(publish), "published  CN-3710/old-age-allowance 1.0.0");
    fs::rename(country.path("shandong/CN-3710"), country.path("elsewhere")).unwrap();
    let before = state_of(&country, "CN-37");
    let refused = country.ends(2, publish);
    assert_contains(
        &refused,
        "would be withdrawn: CN-3710/old-age-allowance 1.0.0, in force since 2026-01-01, published 20",
    );
    assert_contains(&refused, "the rulebook of CN-37 lacks 1 published file: nothing was changed");
    assert_contains(&refused, "or withdraw them with --withdraw");
    assert_eq!(state_of(&country, "CN-37"), before);
    let withdrawn = country.good(&format!("{publish} --withdraw"));
    assert_contains(&withdrawn, "withdrawn  CN-3710/old-age-allowance 1.0.0, in force since 2026-01-01");
    assert_contains(&country.good(publish), "unchanged: 1 rule");
    // A new version in place of the old one ends the old one for its own days.
    edit(&country.path("shandong/CN-37/old-age-allowance/rule.toml"), "version = \"1.0.0\"", "version = \"1.1.0\"");
    assert_contains(&country.ends(2, publish), "would be withdrawn: CN-37/old-age-allowance 1.0.0");
    fs::remove_dir_all(country.path("shandong/CN-37")).unwrap();
    let none = country.ends(2, publish);
    assert_contains(
        &none,
        "the rulebook has no rule of CN-37 or below it, and CN-37 publishes some: nothing was changed",
    );
    fs::remove_file(country.path("nation/services/old-age-allowance.toml")).unwrap();
    fs::remove_dir_all(country.path("nation/CN")).unwrap();
    let nation = country.ends(2, "ordinance publish nation --to repositories/CN --key keys/cn-publish");
    assert_contains(&nation, "would be withdrawn: the definition file services/old-age-allowance.toml");
}

#[test]
fn a_delegation_that_is_renewed_keeps_the_address_of_the_repository_and_says_it() {
    let country = Country::that_publishes();
    let delegate =
        "ordinance trust delegate CN-37 --to repositories/CN --root repositories/CN-37 --key keys/cn-publish";
    fs::create_dir(country.path("elsewhere")).unwrap();
    country.good("cp -r repositories/CN-37 elsewhere/shandong");
    let given = country.good(&format!("{delegate} --address ../../elsewhere/shandong"));
    assert_contains(&given, "its repository is at ../../elsewhere/shandong, no longer at ../CN-37\n");
    country.good("ordinance trust rotate repositories/CN-37 --key keys/sd-root");
    let renewed = country.good(delegate);
    assert_contains(&renewed, "its repository is at ../../elsewhere/shandong, as before\n");
    assert_contains(&renewed, "it replaces another root of CN-37");
    let back = country.good(&format!("{delegate} --address ../CN-37"));
    assert_contains(&back, "its repository is at ../CN-37, no longer at ../../elsewhere/shandong\n");
    assert_contains(&country.good(delegate), "its repository is at ../CN-37, as before\n");
}

#[test]
fn a_key_that_isnt_the_roles_signs_nothing_and_the_expected_keys_are_named() {
    let country = Country::that_publishes();
    let before = state_of(&country, "CN");
    for line in [
        "ordinance trust refresh repositories/CN --key keys/cn-publish keys/sd-publish",
        "ordinance publish nation --to repositories/CN --key keys/cn-publish keys/cn-root-1",
        "ordinance trust revoke CN-37 --from repositories/CN --yes --key keys/sd-publish",
        "ordinance approve CN-37/old-age-allowance --from repositories/CN-37 --to repositories/CN --key keys/sd-reviewer --publish-key keys/sd-publish",
    ] {
        let refused = country.ends(2, line);
        assert_contains(&refused, "is none that publishes for CN, whose keys for that are ");
        assert_contains(&refused, "leave it out, or give the key that was meant; nothing was changed");
    }
    assert_eq!(state_of(&country, "CN"), before);
    // A key that publishes is none of the root.
    country.good("ordinance trust rotate repositories/CN --key keys/cn-root-1");
    let publisher = country.ends(2, "ordinance trust sign repositories/CN --key keys/cn-publish");
    assert_contains(&publisher, "publishes for CN and is no key of its root, so nothing was signed");
    assert_contains(&publisher, "give a key of the root: 2 of ");
    let stranger = country.ends(2, "ordinance trust sign repositories/CN --key keys/sd-root keys/cn-root-2");
    assert_contains(&stranger, "is no key of this root, whose keys are 2 of ");
    let waiting = country.good("ordinance trust show repositories/CN");
    assert_contains(&waiting, "root version 2 waits for signatures");
}

#[test]
fn a_pinned_root_that_isnt_of_the_repository_is_told_as_that() {
    let country = Country::that_publishes();
    let show = "ordinance trust show repositories/CN --root";
    let of_other = country.ends(2, &format!("{show} repositories/CN-37/metadata/1.root.json"));
    assert_contains(
        &of_other,
        "is the root of CN-37 (Shandong), and the repository at repositories/CN is of CN (the nation)",
    );
    country.good("ordinance trust init CN --name 'the nation' --to other --root-key keys/yt-root --publish-key keys/yt-publish --key keys/yt-root");
    let of_nobody = country.ends(2, &format!("{show} other/metadata/1.root.json"));
    assert_contains(
        &of_nobody,
        "`other/metadata/1.root.json` isn't root version 1 of the repository at repositories/CN: by the file ",
    );
    assert_contains(&of_nobody, "somebody may have put another repository in its place");
    let none = country.ends(2, &format!("{show} nation/facts.toml"));
    assert_contains(&none, "`nation/facts.toml` is no root of a repository");
    assert_contains(&none, "such as 1.root.json of its repository");
}

#[test]
fn an_approver_reads_which_rule_it_is_who_published_it_and_which_law_reserves_it() {
    let country = Country::that_publishes();
    let to = "--to repositories/CN-37 --key keys/sd-reviewer";
    let built =
        country.good(&format!("ordinance approve CN-3706/old-age-allowance --from yantai/target/rulebook {to}"));
    for line in [
        "CN-3706 old-age-allowance, old-age-allowance@1.0.0\n",
        "  Old-age allowance of Yantai\n",
        "  published  not yet\n",
        "  reserved   for the approval of CN-37 by Old Age Act (example) 9\n",
    ] {
        assert_contains(&built, line);
    }
    let published =
        country.good(&format!("ordinance approve CN-3706/old-age-allowance --from repositories/CN-3706 {to}"));
    assert_contains(&published, "  published  by CN-3706 (Yantai) on 20");
    assert_contains(&published, "  reserved   not known here: neither repository has the contract of the service\n");
    // A list that waits is told by the rules, not by digests alone.
    edit(&country.path("yantai/CN-3706/old-age-allowance/rule.toml"), "150.00", "160.00");
    country.good("ordinance build yantai");
    country.good(&format!("ordinance approve CN-3706/old-age-allowance --from yantai/target/rulebook {to}"));
    let old = country.ends(2, &format!("ordinance approve CN-3706/old-age-allowance --from repositories/CN-3706 {to}"));
    assert_contains(&old, ", which isn't where this rule is");
    copy_folder(&country.path("yantai/CN-3706"), &country.path("nation/CN-3706"));
    country.good(
        "ordinance trust approvers CN-3706 --to repositories/CN --approver keys/sd-reviewer --key keys/cn-publish",
    );
    let unneeded = country.good("ordinance approve CN-3706/old-age-allowance --from yantai/target/rulebook --to repositories/CN --key keys/sd-reviewer");
    assert_contains(&unneeded, "no contract reserves this rule for the approval of CN, so it counts without");
}

#[test]
fn a_revocation_says_which_law_ends_and_who_makes_it_then_and_asks_first() {
    let country = Country::that_publishes();
    let before = state_of(&country, "CN");
    let revoke = "ordinance trust revoke CN-37 --from repositories/CN --key keys/cn-publish";
    let asked = country.ends(2, &format!("{revoke} < /dev/null"));
    for line in [
        "CN would no longer delegate CN-37. These rules would no longer be in force:\n",
        "  of CN-37 (Shandong), at repositories/CN-37\n",
        "    CN-37/old-age-allowance 1.0.0, in force since 2026-01-01, published 20",
        "  of CN-3706 (Yantai), at repositories/CN-3706\n",
        "the law of CN-37 is CN's to publish then; until it does, CN-37 has none, and decisions go on without it\n",
        "law ends for everybody in CN-37 at once, so nothing was changed",
        "then run the command with --yes",
    ] {
        assert_contains(&asked, line);
    }
    assert_eq!(state_of(&country, "CN"), before);
    // A repository that can't be read hides which rules end, and the command says so.
    fs::rename(country.path("repositories/CN-3706"), country.path("away")).unwrap();
    let unknown = country.ends(2, &format!("{revoke} < /dev/null"));
    assert_contains(&unknown, "warning: which rules CN-3706 publishes at repositories/CN-3706 isn't known: ");
    fs::rename(country.path("away"), country.path("repositories/CN-3706")).unwrap();
    let done = country.good(&format!("{revoke} --yes"));
    assert_contains(&done, "CN no longer delegates CN-37: nothing that its keys sign counts");
    assert_contains(&done, "2 rules are no longer in force; hosts see it when they next read the repositories");
    // What the upper authority published of the place before counts again, and is named.
    let country = Country::that_publishes();
    country.good("cp -r shandong/CN-37 nation/");
    country.good("ordinance trust revoke CN-37 --from repositories/CN --yes --key keys/cn-publish");
    country.good("ordinance publish nation --to repositories/CN --key keys/cn-publish");
    country.good("ordinance trust delegate CN-37 --to repositories/CN --root repositories/CN-37 --key keys/cn-publish");
    let named = country.ends(2, &format!("{revoke} < /dev/null"));
    assert_contains(&named, "the law of CN-37 is CN's then, which publishes CN-37/old-age-allowance 1.0.0\n");
}

#[test]
fn a_lower_authority_takes_the_definitions_over_and_is_told_when_they_change() {
    let country = Country::that_publishes();
    let fetch =
        "ordinance trust fetch CN-37 --from repositories/CN --trust repositories/CN/metadata/1.root.json --to province";
    let first = country.good(fetch);
    for line in [
        "  new        rulebook.toml\n",
        "  new        services/old-age-allowance.toml\n",
        "3 definition files for CN-37 in province, as CN (the nation) publishes them\n",
        "write a rule next: ordinance new CN-37/SERVICE --dir province\n",
    ] {
        assert_contains(&first, line);
    }
    assert_eq!(
        fs::read(country.path("province/facts.toml")).unwrap(),
        fs::read(country.path("nation/facts.toml")).unwrap()
    );
    copy_folder(&country.path("shandong/CN-37"), &country.path("province/CN-37"));
    let publish = "ordinance publish province --to repositories/CN-37 --key keys/sd-publish";
    let same = country.good(publish);
    assert_contains(&same, "unchanged: 1 rule");
    assert!(!same.contains("warning"), "{same}");
    // The nation changes a title: the rules hold on, and the province is told.
    edit(&country.path("nation/services/old-age-allowance.toml"), "Monthly amount", "Amount a month");
    country.good("ordinance publish nation --to repositories/CN --key keys/cn-publish");
    let told = country.good(publish);
    assert_contains(&told, "services/old-age-allowance.toml differs from what is published");
    assert_contains(&told, "aren't those that CN (the nation) publishes now");
    assert_contains(&country.good(fetch), "  updated    services/old-age-allowance.toml\n");
    // The nation takes a fact away: the rule can't be used by anybody.
    edit(&country.path("nation/facts.toml"), "[age]", "[years]");
    edit(&country.path("nation/services/old-age-allowance.toml"), "[\"age\"]", "[\"years\"]");
    edit(&country.path("nation/CN/old-age-allowance/rule.toml"), "age >=", "years >=");
    for file in fs::read_dir(country.path("nation/CN/old-age-allowance/cases")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    country.good("ordinance publish nation --to repositories/CN --key keys/cn-publish");
    let before = state_of(&country, "CN-37");
    let refused = country.ends(1, publish);
    assert_contains(&refused, "facts.toml differs from what is published");
    assert_contains(
        &refused,
        "with the definitions that are published now CN-37/old-age-allowance 1.0.0 can't be used",
    );
    assert_contains(&refused, "nothing was published");
    assert_eq!(state_of(&country, "CN-37"), before);
    // What somebody changed by hand is never overwritten unsaid.
    edit(&country.path("province/facts.toml"), "[age]", "[age] # as we need it");
    let by_hand = country.ends(2, fetch);
    assert_contains(&by_hand, "differs by hand: facts.toml");
    assert_contains(&by_hand, "nothing was changed");
    let overwritten = country.good(&format!("{fetch} --overwrite"));
    assert_contains(&overwritten, "  overwritten facts.toml\n");
    assert_contains(&overwritten, "  updated    services/old-age-allowance.toml\n");
}

#[test]
fn definitions_are_taken_over_only_for_a_place_below_and_by_the_pinned_root() {
    let country = Country::that_publishes();
    let root = "repositories/CN/metadata/1.root.json";
    let fetch = |words: &str| country.ends(2, &format!("ordinance trust fetch {words} --to folder"));
    assert_contains(&fetch(&format!("CN --from repositories/CN --trust {root}")), "no level is above CN");
    assert_contains(&fetch(&format!("CN-99 --from repositories/CN --trust {root}")), "publishes have no place CN-99");
    let other = fetch("CN-37 --from repositories/CN --trust repositories/CN-37/metadata/1.root.json");
    assert_contains(&other, "is the root of CN-37 (Shandong), and the repository at repositories/CN is of CN");
    assert_contains(&fetch(&format!("CN-37 --from nowhere --trust {root}")), "can't be read");
    assert!(!country.path("folder").exists());
    let compared = country.good(&format!(
        "ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish --definitions-of repositories/CN --trust {root}"
    ));
    assert!(!compared.contains("warning"), "{compared}");
    edit(&country.path("shandong/facts.toml"), "[age]", "[age] # another text");
    let differs = country.good(&format!(
        "ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish --definitions-of repositories/CN --trust {root}"
    ));
    assert_contains(&differs, "facts.toml differs from what is published");
}

#[test]
fn a_publication_that_lost_its_approval_isnt_shown_as_kept_when_nothing_newer_is_there() {
    let country = Country::that_publishes();
    let show = "ordinance trust show repositories/CN --state state";
    country.good(show);
    let digest = country.rule_of("yantai").file_stem().unwrap().to_str().unwrap().to_owned();
    country.good(&format!("ordinance approve {digest} --withdraw --to repositories/CN-37 --key keys/sd-reviewer --publish-key keys/sd-publish"));
    let shown = country.ends(1, show);
    assert_contains(&shown, "what counts for nothing, or can't be used:");
    assert_contains(&shown, "CN-3706/old-age-allowance 1.0.0 needs the approval of CN-37");
    assert_lacks(&shown, "kept from before");
}
