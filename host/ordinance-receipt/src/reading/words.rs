//! The words of a receipt in Chinese and in English.

use ordinance_pages::words;

words! {
    /// The words of a receipt in one language.
    pub(crate) struct Words;

    skip: "跳到正文", "Skip to the main content";
    title: "决定回执", "Receipt of a decision";
    decided: "决定内容", "What was decided";
    decision: "决定编号", "Decision";
    service: "事项", "Service";
    place: "地区", "Place";
    asked_place: "申请时的地区代码", "Place as it was asked for";
    as_of: "适用日期", "For the day";
    known_at: "所依据法律的知悉日期", "By the law as known on";
    outcome: "结果", "Outcome";
    granted: "给予", "Granted";
    at_least: "至少给予", "Granted at least";
    nothing_set: "没有任何一级规定", "set by no level";
    open_levels: "尚未确定的层级", "Levels whose part is open";
    missing: "缺少的事实", "Missing facts";
    notice: "提示", "Note";
    anew: "经异议后重新作出，异议编号", "Decided anew after the objection";
    replaces: "取代的决定", "Replaces the decision";
    binds_nobody: "本答复只说明过去的隐私法，对任何人不具约束力。", "This answer is by the privacy law of a past day, and binds nobody.";
    facts: "决定所依据的事实", "Facts it was decided on";
    no_facts: "没有提交任何事实", "no facts were sent";
    withheld: "依隐私法未使用", "Not used, since privacy law withholds it";
    masked: "依隐私法改变形式后使用", "Used in another form, as privacy law asks";
    undeclared: "没有规则用到", "Not used, since no rule reads it";
    applicant: "申请人情况", "About the applicant";
    others: "其他人情况", "About other people";
    unknown: "未知", "not known";
    yes: "是", "yes";
    no: "否", "no";
    levels: "各级的规定和理由（由上至下）", "The law of each level and its reasons, the highest first";
    level_decided: "本级的决定", "What it decided";
    has_decided: "决定了结果", "it set the outcome or the grant";
    rule: "规则", "Rule";
    published: "发布", "Published";
    approved: "批准", "Approved";
    reason: "理由", "Reason";
    outside: "超出上级法律的界限，以最接近的合法值为准", "Outside the bounds of upper law; the nearest lawful value counts";
    value: "中间值", "Value on the way";
    privacy: "适用的隐私规定", "Privacy law that was applied";
    record: "记录", "The record";
    log: "日志", "Log";
    number: "序号", "Number in the log";
    time: "记录时间", "Recorded";
    hash: "记录哈希", "Hash of the record";
    rulebook: "规则集的摘要", "Digest of the rulebook";
    checked: "核验", "What was checked";
    checked_at: "核验时间", "Checked";
    checked_record: "记录与日志", "Record and log";
    checked_law: "法律的发布", "Publication of the law";
    root: "信任的根", "Trusted root";
    record_holds: "记录对应这一请求和这一答复，日志收有该记录，由日志的密钥签名", "the record is of this request and this answer, and the log holds it, signed by its key";
    log_listed: "该日志由信任的根所引至的机关登记", "an authority to which the trusted root leads lists the log";
    log_trusted: "该日志的密钥由核验人指定", "whoever checked named the key of the log";
    law_holds: "每条规则均由有权的机关发布，需要批准的已获批准", "each rule was published, and approved where that is asked for, by authorities that may";
    law_unchecked: "未核验：没有指定信任的根，无人为所适用的法律作保", "not checked: no root was named, so nobody vouches for the law that was applied";
    law_unsigned: "没有签名：所适用的法律未经任何机关签名，无人为其作保", "not signed: no authority signed the law that was applied, and nobody vouches for it";
    no_titles: "本回执没有附带定义文件，因此部分名称以代码表示", "this receipt carries no definition files, so some names stand as codes";
    unverified_law: "注意：无人为本决定所适用的法律作保。", "Note: nobody vouches for the law by which this was decided.";
    how_to_check: "任何人都可以用本回执的文件和国家的根文件核验，不需要网络：", "Whoever has the file of this receipt and the root of the nation can check it without a network:";
    how_to_check_log: "任何人都可以用本回执的文件和日志的公钥核验该记录，不需要网络：", "Whoever has the file of this receipt and the public key of the log can check the record without a network:";
    how_to_object: "如对本决定有异议，可凭本回执提出。", "If you object to this decision, hand in your objection with this receipt.";
    holds: "回执有效", "the receipt holds";
    publisher_unchecked: "据记录，未核验", "as the record says, not checked";
}
