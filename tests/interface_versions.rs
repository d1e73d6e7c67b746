//! Rules of every version of the interface: those that were published for an earlier one bind people, so a host reads
//! them for good. `data/interface-0.1.0` has an eligibility rule and a privacy rule as they were built for it.

use std::fs;

use crate::assertions::assert_contains;
use crate::support::{copy_folder, root, run, scratch, text_of};

/// The components of the folder, which nobody builds again.
const COMPONENTS: [&str; 2] = ["CN/old-age-allowance/rule.wasm", "CN/personal-information/rule.wasm"];

#[test]
fn rules_of_the_interface_0_1_0_pass_their_cases() {
    let source = root().join("tests/data/interface-0.1.0");
    for component in COMPONENTS {
        let bytes = fs::read(source.join(component)).unwrap();
        let names = |version: &[u8]| bytes.windows(version.len()).any(|window| window == version);
        assert!(names(b"ordinance:rules/types@0.1.0"), "{component}");
        assert!(!names(b"ordinance:rules/types@0.2.0"), "{component}");
    }
    let folder = scratch();
    let book = folder.path().join("book");
    copy_folder(&source, &book);
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    assert_contains(&text_of(&tested), "37 passed, 0 failed");
}
