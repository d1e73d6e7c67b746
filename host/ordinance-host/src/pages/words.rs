//! The words that pages of both wings share.

use ordinance_pages::words;

words! {
    /// The words that the pages of the portal and of the console share.
    pub(crate) struct PageWords;

    yes: "是", "Yes";
    no: "否", "No";
    a_table: "见规则中的表格", "see the table of the rule";
}

impl PageWords {
    pub(crate) fn yes_or_no(&self, yes: bool) -> &'static str {
        if yes { self.yes } else { self.no }
    }
}
