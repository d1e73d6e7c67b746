//! Authorities that publish: keys, repositories, delegations, approvals, and each error that an official is likely to
//! see.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::{Country, only_file};
use crate::support::edit;

/// The key of C2SP's example of a signed note.
const LOG_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

#[test]
fn three_authorities_publish_and_the_tree_shows_who_may_make_which_law() {
    let country = Country::that_publishes();
    let tree = country.good("ordinance trust show repositories/CN --root repositories/CN/metadata/1.root.json");
    for line in [
        "CN (the nation)\n",
        "  keys of the root   2 of ",
        "  publishes          1 rule of CN, and the definitions that all share\n",
        "  CN-37 (Shandong)\n",
        "    approves CN-3706   ",
        "; 1 rule listed, until ",
        "    CN-3706 (Yantai)\n",
        "      publishes          1 rule of CN-3706\n",
    ] {
        assert_contains(&tree, line);
    }
    assert_lacks(&tree, "counts for nothing");
    assert_lacks(&tree, "the repository's own");
}

#[test]
fn a_province_is_shown_by_itself_and_says_what_is_not_known_there() {
    let country = Country::that_publishes();
    let shown = country.good("ordinance trust show repositories/CN-37");
    assert_contains(&shown, "CN-37 (Shandong)");
    assert_contains(&shown, "delegates CN-3706   ../CN-3706");
    assert_contains(&shown, "show the top authority for that");
    assert_contains(&shown, "the root is the repository's own");
}

#[test]
fn a_repository_with_nothing_published_or_nothing_in_effect_is_shown_as_that() {
    let country = Country::new();
    country.good("for key in a b; do ordinance trust key keys/$key || exit; done");
    let init =
        "ordinance trust init CN --name 'the nation' --to repositories/CN --publish-key keys/b --root-key keys/a";
    let waiting = country.good(init);
    assert_contains(&waiting, "root version 1 waits for signatures in repositories/CN/pending");
    assert_contains(&waiting, "the new root: 0 of 1 signatures; 1 more of ");
    assert_contains(&waiting, "ordinance trust sign repositories/CN --key FILE");
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "nothing is in effect: the root waits for signatures");
    let refused = country.ends(2, "ordinance publish nation --to repositories/CN --key keys/b");
    assert_contains(&refused, "no root that enough keys signed");
    country.good("ordinance trust sign repositories/CN --key keys/a");
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "nothing is published yet");
}

#[test]
fn two_of_three_keys_of_the_nation_must_sign_its_root_and_each_is_told_what_it_signs() {
    let country = Country::that_publishes();
    country.good("ordinance trust key keys/cn-publish-2");
    let rotate = "ordinance trust rotate repositories/CN --publish-key keys/cn-publish-2";
    let proposed = country.good(&format!("{rotate} --key keys/cn-root-3"));
    assert_contains(&proposed, "keys that publish: adds ");
    assert_contains(&proposed, "keys that publish: removes ");
    assert_contains(&proposed, "the root in effect: 1 of 2 signatures; 1 more of ");
    let again = country.ends(2, &format!("{rotate} --key keys/cn-root-1"));
    assert_contains(&again, "another root waits for signatures");
    let stranger = country.ends(2, "ordinance trust sign repositories/CN --key keys/sd-root");
    assert_contains(&stranger, "is no key of this root");
    let none = country.ends(2, "ordinance trust sign repositories/CN");
    assert_contains(&none, "no key was given, so nothing was signed");
    let signed = country.good("ordinance trust sign repositories/CN --key keys/cn-root-2");
    assert_contains(&signed, "against root version 1, which is in effect:");
    assert_contains(&signed, "root version 2 is in effect");
    assert_contains(&signed, "ordinance trust refresh repositories/CN --key FILE...");
    let old = country.ends(2, "ordinance trust refresh repositories/CN --key keys/cn-publish");
    assert_contains(&old, "is none that publishes for CN, whose keys for that are ");
    assert_contains(&old, "nothing was changed");
    country.good("ordinance trust refresh repositories/CN --key keys/cn-publish-2");
    country.good("ordinance trust show repositories/CN");
}

#[test]
fn a_key_that_publishes_is_replaced_and_everything_signed_anew_by_one_command() {
    let country = Country::that_publishes();
    country.good("ordinance trust key keys/yt-publish-2");
    let rotated = country.good(
        "ordinance trust rotate repositories/CN-3706 --publish-key keys/yt-publish-2 --key keys/yt-root keys/yt-publish-2",
    );
    assert_contains(&rotated, "root version 2 is in effect");
    assert_contains(&rotated, "what is published is signed anew");
    assert_contains(&rotated, "if one was stolen");
    country.good("ordinance trust show repositories/CN");
    let old = country.ends(2, "ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish");
    assert_contains(&old, "is none that publishes for CN-3706");
    let again = country.good("ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish-2");
    assert_contains(&again, "unchanged: 1 rule");
    let renewed = country.good("ordinance trust rotate repositories/CN-3706 --key keys/yt-root --root-days 30");
    assert_contains(&renewed, "root version 3 is in effect");
    assert_contains(
        &country.good("ordinance trust refresh repositories/CN-3706 --key keys/yt-publish-2"),
        "the root holds only until",
    );
}

#[test]
fn wrong_passphrases_keys_and_thresholds_are_refused_with_the_mend() {
    let country = Country::that_publishes();
    fs::write(country.path("wrong"), "not what it was sealed with\n").unwrap();
    fs::write(country.path("short"), "short\n").unwrap();
    fs::write(country.path("empty"), "\n").unwrap();
    let cases = [
        ("ordinance trust key keys/new --passphrase-file short", "the passphrase has 5 letters, and needs at least 12"),
        ("ordinance trust key keys/new --passphrase-file empty", "`empty` holds no passphrase"),
        ("ordinance trust key keys/cn-publish", "a key is never overwritten"),
        ("ordinance trust key keys/new.pub", "is the name of a public key"),
        ("ordinance trust key keys/new --passphrase-file missing", "`missing` can't be read"),
        (
            "ordinance publish nation --to repositories/CN --key keys/cn-publish --passphrase-file wrong",
            "the passphrase doesn't open the key `keys/cn-publish`",
        ),
        ("ordinance publish nation --to repositories/CN --key keys/gone", "there is no key `keys/gone`"),
        (
            "ordinance publish nation --to repositories/CN --key keys/cn-publish.pub",
            "is no key that `ordinance trust key` made",
        ),
        (
            "ordinance publish nation --to repositories/CN --key keys/sd-publish",
            "is none that publishes for CN, whose keys for that are ",
        ),
        ("ordinance publish nation --to repositories/CN", "needs the signatures of 1 of its keys"),
        (
            "ordinance trust init CN-44 --name G --to new --root-key keys/sd-root --root-threshold 2 --publish-key keys/sd-publish",
            "the role `root` has 1 keys, so its threshold is 1 to 1, not 2",
        ),
        (
            "ordinance trust init CN-44 --name G --to new --root-key keys/sd-root keys/sd-root --publish-key keys/sd-publish",
            "a key of the role `root` is given twice",
        ),
        (
            "ordinance trust init CN --name N --to repositories/CN --root-key keys/cn-root-1 --publish-key keys/cn-publish",
            "there is a repository in repositories/CN already",
        ),
        (
            "ordinance trust init cn --name N --to new --root-key keys/cn-root-1 --publish-key keys/cn-publish",
            "write the code of a place, such as CN-37",
        ),
        (
            "ordinance trust rotate repositories/CN --publish-threshold 2 --key keys/cn-root-1",
            "its threshold is 1 to 1, not 2",
        ),
        ("ordinance trust refresh nowhere --key keys/cn-publish", "there is no repository in `nowhere`"),
        ("ordinance trust refresh nation --key keys/cn-publish", "no root that enough keys signed"),
        ("ordinance trust show nation", "is no repository whose root enough keys signed"),
        ("ordinance trust sign repositories/CN --key keys/cn-root-1", "no root waits for signatures"),
    ];
    for (line, told) in cases {
        assert_contains(&country.ends(2, line), told);
    }
}

#[test]
fn without_a_terminal_or_a_file_no_passphrase_is_asked_for() {
    let country = Country::new();
    let program = crate::support::ordinance().get_program().to_owned();
    let said = country.ends(2, &format!("setsid -w {program:?} trust key keys/new < /dev/null"));
    assert_contains(&said, "there is no terminal to ask for a passphrase");
    assert_contains(&said, "--passphrase-file");
}

#[test]
fn an_authority_delegates_only_places_below_its_own_and_only_by_their_own_roots() {
    let country = Country::that_publishes();
    country.good("ordinance trust init CN-44 --name Guangdong --to repositories/CN-44 --root-key keys/yt-root --publish-key keys/yt-publish --key keys/yt-root");
    let above =
        "ordinance trust delegate CN-44 --to repositories/CN-37 --root repositories/CN-44 --key keys/sd-publish";
    assert_contains(&country.ends(2, &format!("{above} --dir shandong")), "CN-44 isn't below CN-37");
    // By itself a province can't know, says so, and readers don't take it.
    let unchecked = country.good(above);
    assert_contains(&unchecked, "whether CN-44 is below isn't checked here");
    assert_contains(&unchecked, "nothing of CN-44 is published yet");
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "CN-37: CN-37 delegates authorities/CN-44/root.json, and CN-44 isn't below CN-37");
    let other = "ordinance trust delegate CN-44 --to repositories/CN --root repositories/CN-3706 --key keys/cn-publish";
    assert_contains(&country.ends(2, other), "the repository is of CN-3706, not of CN-44");
    let own = "ordinance trust delegate CN --to repositories/CN --root repositories/CN --key keys/cn-publish";
    assert_contains(&country.ends(2, own), "CN isn't below CN");
    let file = "ordinance trust delegate CN-44 --to repositories/CN --root nation/facts.toml --key keys/cn-publish";
    assert_contains(&country.ends(2, file), "`the file of the root` can't be used");
    let address = "ordinance trust delegate CN-44 --to repositories/CN --root repositories/CN-44 --address ftp://law --key keys/cn-publish";
    assert_contains(&country.ends(2, address), "is no address of a repository");
}

#[test]
fn a_revoked_authority_counts_no_longer_and_its_law_is_the_upper_authoritys() {
    let country = Country::that_publishes();
    let unknown = country.ends(2, "ordinance trust revoke CN-44 --from repositories/CN --yes --key keys/cn-publish");
    assert_contains(&unknown, "CN doesn't delegate CN-44; it delegates CN-37");
    let revoked = country.good("ordinance trust revoke CN-37 --from repositories/CN --yes --key keys/cn-publish");
    assert_contains(&revoked, "the law of CN-37 is CN's to publish then; until it does, CN-37 has none");
    let shown = country.good("ordinance trust show repositories/CN");
    assert_lacks(&shown, "Shandong");
    fs::create_dir_all(country.path("nation/CN-37")).unwrap();
    country.good("cp -r shandong/CN-37 nation/");
    assert_contains(
        &country.good("ordinance publish nation --to repositories/CN --key keys/cn-publish"),
        "published  CN-37/old-age-allowance 1.0.0",
    );
}

#[test]
fn an_authority_publishes_its_own_part_and_says_what_it_leaves_out() {
    let country = Country::that_publishes();
    country.good("cp -r shandong/CN-37 nation/ && cp -r yantai/CN-3706 nation/");
    let nation = country.good("ordinance publish nation --to repositories/CN --key keys/cn-publish");
    assert_contains(&nation, "unchanged: 1 rule, 3 definition files");
    assert_contains(&nation, "left out: 1 rule of CN-37, which has an authority of its own");
    assert_contains(&nation, "left out: 1 rule of CN-3706, whose law CN-37 publishes");
    let city = country.good("ordinance publish nation --to repositories/CN-3706 --key keys/yt-publish");
    assert_contains(&city, "left out: 1 rule of CN, which isn't below CN-3706");
    assert_contains(&city, "CN-3706 publishes 1 rule, signed by ");
    edit(&country.path("shandong/CN-37/old-age-allowance/rule.toml"), "120.00", "125.00");
    edit(&country.path("shandong/CN-37/old-age-allowance/cases/ages.toml"), "120.00", "125.00");
    let changed = country.good("ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish");
    assert_contains(&changed, "published  CN-37/old-age-allowance 1.0.0  sha256:");
    assert_contains(&changed, "replaced   CN-37/old-age-allowance 1.0.0  sha256:");
    country.good("ordinance trust show repositories/CN");
    let elsewhere = country.path("elsewhere");
    country.good("ordinance new N/benefit --dir elsewhere");
    assert!(elsewhere.is_dir());
    let no_place = country.ends(2, "ordinance publish elsewhere --to repositories/CN --key keys/cn-publish");
    assert_contains(&no_place, "has no place CN, whose repository this is");
}

#[test]
fn broken_rules_and_rules_whose_cases_fail_are_never_published() {
    let country = Country::that_publishes();
    let before = fs::read(country.path("repositories/CN-37/metadata/timestamp.json")).unwrap();
    let publish = "ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish";
    let rule = country.path("shandong/CN-37/old-age-allowance/rule.toml");
    edit(&rule, "120.00", "121.00");
    let failing = country.ends(1, publish);
    assert_contains(&failing, "the case fails: CN-37/old-age-allowance: old enough (");
    assert_contains(&failing, "nothing was published");
    edit(&rule, "age >= 80", "aeg >= 80");
    let broken = country.ends(1, publish);
    assert_contains(&broken, "CN-37/old-age-allowance 1.0.0 can't be used");
    assert_contains(&broken, "nothing was published");
    assert_eq!(fs::read(country.path("repositories/CN-37/metadata/timestamp.json")).unwrap(), before);
}

#[test]
fn a_rule_that_upper_law_reserves_is_approved_before_it_is_published() {
    let country = Country::that_publishes();
    country.good("ordinance trust key keys/sd-reviewer-2");
    let approvers = "ordinance trust approvers CN-3706 --to repositories/CN-37 --approver keys/sd-reviewer keys/sd-reviewer-2 --threshold 2 --key keys/sd-publish";
    assert_contains(&country.good(approvers), "the approvers before listed 1, which counts no longer");
    edit(&country.path("yantai/CN-3706/old-age-allowance/rule.toml"), "150.00", "160.00");
    edit(&country.path("yantai/CN-3706/old-age-allowance/cases/ages.toml"), "150.00", "160.00");
    country.good("ordinance build yantai");
    let publish =
        "ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish --approved-in repositories/CN-37";
    let lacking = country.ends(1, publish);
    assert_contains(&lacking, "counts only with the approval of CN-37 (Old Age Act (example) 9)");
    assert_contains(&lacking, "nothing was published, since a rule lacks an approval");
    let approve = "ordinance approve CN-3706/old-age-allowance --from yantai/target/rulebook --to repositories/CN-37";
    let first = country.good(&format!("{approve} --key keys/sd-reviewer"));
    assert_contains(&first, "Old-age allowance of Yantai");
    assert_contains(&first, "1 of 2 approvers signed the list of CN-3706");
    assert_contains(&first, "1 more must run `ordinance approve CN-3706/old-age-allowance");
    assert_contains(
        &country.good("ordinance trust refresh repositories/CN-37 --key keys/sd-publish"),
        "the approvals for CN-3706 wait: 1 of 2 approvers signed",
    );
    country.ends(1, publish);
    let second = country.good(&format!("{approve} --key keys/sd-reviewer-2"));
    assert_contains(&second, "it takes effect with `ordinance trust refresh repositories/CN-37 --key FILE`");
    assert_contains(
        &country.good("ordinance trust refresh repositories/CN-37 --key keys/sd-publish"),
        "the approvals for CN-3706 are in effect",
    );
    assert_contains(&country.good(publish), "published  CN-3706/old-age-allowance 1.0.0");
    country.good("ordinance trust show repositories/CN");
}

#[test]
fn who_approves_is_told_of_each_mistake() {
    let country = Country::that_publishes();
    let to = "--from repositories/CN-3706 --to repositories/CN-37";
    let stranger = country.ends(2, &format!("ordinance approve CN-3706/old-age-allowance {to} --key keys/yt-publish"));
    assert_contains(&stranger, "doesn't approve the rules of CN-3706");
    let unknown = country.ends(2, &format!("ordinance approve CN-3706/pension {to} --key keys/sd-reviewer"));
    assert_contains(&unknown, "has no rule `CN-3706/pension` that can be used");
    let short = country.ends(2, &format!("ordinance approve abc {to} --key keys/sd-reviewer"));
    assert_contains(&short, "at least 8 digits of the rule's digest");
    let nobody = country.ends(2, "ordinance approve CN-37/old-age-allowance --from repositories/CN-37 --to repositories/CN --key keys/sd-reviewer");
    assert_contains(&nobody, "`ordinance trust approvers` names who approves");
    let digest = country.rule_of("yantai").file_stem().unwrap().to_str().unwrap().to_owned();
    let by_digest = country
        .good(&format!("ordinance approve {} {to} --key keys/sd-reviewer --publish-key keys/sd-publish", &digest[..8]));
    assert_contains(&by_digest, &format!("rule       sha256:{digest}"));
    assert_contains(&by_digest, "it is in effect");
    let above = country.ends(2, "ordinance trust approvers CN-44 --to repositories/CN --approver keys/sd-reviewer --threshold 2 --key keys/cn-publish");
    assert_contains(&above, "its threshold is 1 to 1, not 2");
}

#[test]
fn an_approver_signs_nothing_that_it_wasnt_shown_and_an_approval_can_be_withdrawn() {
    let country = Country::that_publishes();
    let first = country.rule_of("yantai").file_stem().unwrap().to_str().unwrap().to_owned();
    edit(&country.path("yantai/CN-3706/old-age-allowance/rule.toml"), "150.00", "160.00");
    country.good("ordinance build yantai");
    let second = country.rule_of("yantai").file_stem().unwrap().to_str().unwrap().to_owned();
    let from = "--from yantai/target/rulebook --to repositories/CN-37 --key keys/sd-reviewer";
    // Somebody puts a rule on the list that waits; who approves another one is told.
    country.good(&format!("ordinance approve {second} {from}"));
    let old = "--from repositories/CN-3706 --to repositories/CN-37 --key keys/sd-reviewer";
    let refused = country.ends(2, &format!("ordinance approve {first} {old}"));
    assert_contains(&refused, &format!("the list that waits adds sha256:{second}"));
    assert_contains(&refused, "a signature is on all of it");
    let both = country.good(&format!("ordinance approve {first} {old} --also-waiting --publish-key keys/sd-publish"));
    assert_contains(&both, "it is in effect");
    assert_contains(&country.good("ordinance trust show repositories/CN"), "; 2 rules listed, until ");
    let withdraw = "--withdraw --to repositories/CN-37 --key keys/sd-reviewer --publish-key keys/sd-publish";
    let unknown = country.ends(2, &format!("ordinance approve 0123456789 {withdraw}"));
    assert_contains(&unknown, "no rule `0123456789` is approved");
    let withdrawn = country.good(&format!("ordinance approve {first} {withdraw}"));
    assert_contains(&withdrawn, &format!("taken off the list of CN-3706: sha256:{first}"));
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "needs the approval of CN-37");
}

#[test]
fn a_publication_without_its_approval_is_told_with_the_command_that_gives_it() {
    let country = Country::that_publishes();
    edit(&country.path("yantai/CN-3706/old-age-allowance/rule.toml"), "150.00", "160.00");
    edit(&country.path("yantai/CN-3706/old-age-allowance/cases/ages.toml"), "150.00", "160.00");
    let published = country.good("ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish");
    assert_contains(&published, "counts only with the approval of CN-37");
    assert_contains(&published, "--from repositories/CN-3706 --to REPOSITORY_OF_CN-37 --key APPROVER_KEY");
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "CN-3706/old-age-allowance 1.0.0 needs the approval of CN-37");
}

#[test]
fn damaged_and_lapsed_repositories_are_shown_with_the_reason_and_not_written_to() {
    let country = Country::that_publishes();
    let targets = only_file(&country.path("repositories/CN-3706/targets/rules/CN-3706"));
    fs::write(&targets, "damaged").unwrap();
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "unknown: ");
    assert_contains(&shown, "nothing of what CN-3706 published is known");
    let metadata = country.path("repositories/CN/metadata");
    let timestamp = fs::read_to_string(metadata.join("timestamp.json")).unwrap();
    fs::write(metadata.join("timestamp.json"), timestamp.replacen("20", "21", 1)).unwrap();
    let shown = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&shown, "unknown: `timestamp.json`");
    let refused = country.ends(2, "ordinance publish nation --to repositories/CN --key keys/cn-publish");
    assert_contains(&refused, "`timestamp.json`");
    fs::write(metadata.join("timestamp.json"), "no JSON").unwrap();
    assert_contains(
        &country.ends(1, "ordinance trust show repositories/CN"),
        "unknown: `timestamp.json` can't be used",
    );
}

#[test]
fn what_was_trusted_before_is_kept_and_shown_with_a_state_folder() {
    let country = Country::that_publishes();
    let show = "ordinance trust show repositories/CN --state state";
    country.good(show);
    fs::remove_dir_all(country.path("repositories/CN-3706")).unwrap();
    let shown = country.ends(1, show);
    assert_contains(&shown, "kept from before: ");
    assert_contains(&shown, "publishes          1 rule of CN-3706");
    let without = country.ends(1, "ordinance trust show repositories/CN");
    assert_contains(&without, "unknown: ");
}

#[test]
fn repositories_on_a_web_server_are_read_as_those_in_folders() {
    let country = Country::that_publishes();
    let address = serve_files(country.path("repositories"));
    let show = format!("ordinance trust show {address}/CN --root repositories/CN/metadata/1.root.json");
    let shown = country.good(&show);
    assert_contains(&shown, "      publishes          1 rule of CN-3706\n");
    assert_contains(&shown, &format!("      read from          {address}/CN-3706\n"));
    let publish = "ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish";
    assert_contains(&country.good(&format!("{publish} --approved-in {address}/CN-37")), "unchanged: 1 rule");
    let approve =
        format!("ordinance approve CN-3706/old-age-allowance --from {address}/CN-3706 --to repositories/CN-37");
    assert_contains(&country.good(&format!("{approve} --key keys/sd-reviewer")), "1 of 1 approvers signed");
    let gone = country.ends(2, &format!("ordinance trust show {address}/CN-44"));
    assert_contains(&gone, "is no repository whose root enough keys signed");
}

/// Serves the files of a folder as any static web server does. Returns its address.
fn serve_files(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(stream);
            reader.read_line(&mut line).unwrap();
            while reader.read_line(&mut String::new()).unwrap() > 2 {}
            let path = line.split(' ').nth(1).unwrap().trim_start_matches('/');
            let (status, body) = match fs::read(folder.join(path)) {
                Ok(bytes) => ("200 OK", bytes),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            reader.get_mut().write_all(&[head.as_bytes(), &body].concat()).unwrap();
        }
    });
    address
}

#[test]
fn where_two_keys_must_publish_one_command_takes_both() {
    let country = Country::that_publishes();
    country.good("ordinance trust key keys/sd-publish-2");
    let rotate = "ordinance trust rotate repositories/CN-37 --publish-key keys/sd-publish keys/sd-publish-2 --publish-threshold 2";
    country.good(&format!("{rotate} --key keys/sd-root keys/sd-publish keys/sd-publish-2"));
    let publish = "ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish";
    assert_contains(&country.ends(2, publish), "needs the signatures of 2 of its keys, and the given keys make 1");
    assert_contains(&country.good(&format!("{publish} --key keys/sd-publish-2")), "unchanged: 1 rule");
    assert_contains(&country.good("ordinance trust show repositories/CN"), "keys that publish  2 of ");
}

#[test]
fn a_decision_log_is_listed_by_its_key_and_taken_off() {
    let country = Country::that_publishes();
    let log = |words: &str| format!("ordinance trust log {words} --to repositories/CN-3706 --key keys/yt-publish");
    assert_contains(&country.good(&log(LOG_KEY)), "CN-3706 lists the key of the log PeterNeumann");
    assert_contains(
        &country.good("ordinance trust show repositories/CN"),
        "vouches for        the decision log PeterNeumann",
    );
    fs::write(country.path("log.pub"), format!("{LOG_KEY}\n")).unwrap();
    assert_contains(&country.good(&log("log.pub --remove")), "no longer lists");
    assert_contains(&country.ends(2, &log("log.pub --remove")), "doesn't list the key of PeterNeumann");
    let slip = country.ends(2, &log(&LOG_KEY.replace("Peter", "Petra")));
    assert_contains(&slip, "its hash isn't that of its name and its key");
}

#[test]
fn a_rule_is_built_again_and_what_differs_is_told() {
    let country = Country::that_publishes();
    let rule = country.rule_of("yantai");
    let rebuild = format!("ordinance rebuild {} --source yantai", rule.display());
    assert_contains(&country.good(&rebuild), "the same: CN-3706/old-age-allowance 1.0.0 sha256:");
    // What the repository serves is the same file.
    let served = only_file(&country.path("repositories/CN-3706/targets/rules/CN-3706"));
    country.good(&format!("ordinance rebuild {} --source yantai", served.display()));
    let manifest = country.path("yantai/CN-3706/old-age-allowance/rule.toml");
    edit(&manifest, "150.00", "151.00");
    let changed = country.ends(1, &rebuild);
    assert_contains(&changed, "different: ");
    assert_contains(&changed, "rule.toml differs, first in line ");
    assert_contains(&changed, "150.00");
    assert_contains(&changed, "built from sha256:");
    edit(&manifest, "version = \"1.0.0\"", "version = \"1.0.1\"");
    let gone = country.ends(2, &rebuild);
    assert_contains(&gone, "has no rule CN-3706/old-age-allowance 1.0.0");
    assert_contains(&gone, "the sources have the versions 1.0.1");
    assert_contains(&country.ends(2, "ordinance rebuild nation/facts.toml --source yantai"), "is not a rule");
}
