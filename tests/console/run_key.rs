//! The key that `ordinance dev` makes for the console of one run.

use super::supervisor::Supervisor;
use crate::assertions::{assert_contains, assert_lacks};
use crate::attacks::benefit;
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, ordinance, scratch};

#[test]
fn dev_makes_a_key_for_each_run_and_shows_what_its_rulebook_tells_of_a_rule() {
    let folder = scratch();
    let rule = benefit("N", "50.00");
    write_and_build(folder.path(), &[("N/guard/rule.toml", &permitting("")), ("N/benefit/rule.toml", &rule)]);
    let source = folder.path().join("source");
    let run = || {
        let mut command = ordinance();
        command.args(["dev", source.to_str().unwrap(), "--open-door"]);
        Server::spawn(command, scratch())
    };
    let key = |server: &Server| {
        let said = server.console.clone().unwrap();
        assert_contains(&said, &format!("{}/console", server.address));
        said.split_once("sign in with ").unwrap().1.split(',').next().unwrap().to_owned()
    };
    let server = run();
    let first = key(&server);
    let stranger = Supervisor::stranger(&server);
    let page = stranger.get_with_key(&first, "/console/rules/N:benefit@1.0.0").assert_page(200);
    assert_contains(&page.text, "The rule in words");
    assert_lacks(&page.text, "The rulebook carries no text of this rule");
    assert_lacks(&server.said(), &first);
    drop(server);
    let server = run();
    assert_ne!(key(&server), first);
    Supervisor::stranger(&server).get_with_key(&first, "/console").assert_page(403);
}
