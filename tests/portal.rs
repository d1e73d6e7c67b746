//! The portal, as a browser without scripts uses it: forms and links alone.

pub(crate) mod browser;

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use self::browser::{Browser, Page};
use crate::assertions::{assert_contains, assert_lacks};
use crate::attacks::benefit;
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, agent, edit, plugins_rulebook, run, scratch, text_of};

const ZHIFU: &str = "/places/CN-370602/services/disability-care-subsidy";

#[test]
fn a_person_in_zhifu_goes_from_the_first_page_to_the_outcome() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "zh-CN" };
    let start = browser.get("/").assert_page(200);
    assert_contains(&start.text, "<html lang=\"zh\"");
    assert_contains(&start.text, "您住在哪里？");
    // Each way to name the place finds it.
    for sought in ["%E8%8A%9D%E7%BD%98", "zhifu", "zf", "370602", "CN-370602"] {
        let found = browser.get(&format!("/places?q={sought}")).assert_page(200);
        assert_contains(&found.text, "href=\"/places/CN-370602\"");
    }
    // So does it with the place above before it, and nearly right.
    for sought in ["%E7%83%9F%E5%8F%B0%E8%8A%9D%E7%BD%98", "yantaizhifu", "Zhiffu"] {
        assert_contains(&browser.get(&format!("/places?q={sought}")).text, "href=\"/places/CN-370602\"");
    }
    let place = browser.get("/places/CN-370602").assert_page(200);
    assert_contains(&place.text, "href=\"/places/CN-3706\"");
    assert_contains(&place.text, &format!("href=\"{ZHIFU}\""));
    let service = browser.get(ZHIFU).assert_page(200);
    for said in ["重度残疾人护理补贴", "烟台市", "自2026年1月1日起施行", "残疾人证", "国发〔2015〕52号", "在哪里申请"]
    {
        assert_contains(&service.text, said);
    }
    let mut page = browser.begin(ZHIFU);
    let mut asked = Vec::new();
    while page.text.contains("name=\"question\"") {
        let question = page.hidden("question");
        let answer = match question.as_str() {
            "disability_grade" => "１",
            "needs_long_term_care" => "yes",
            _ => "no",
        };
        asked.push(question);
        page = browser.answer(ZHIFU, &page, answer);
    }
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert_eq!(page.heading(), "按这里的规定，您可以得到");
    for said in ["每月193.00元", "这是试算，不是决定", "残疾等级为一级或二级", "这一级没有自己的规定", "申请时请带上"]
    {
        assert_contains(&page.text, said);
    }
    // The kind of disability isn't read here, and the page says so.
    assert_contains(&page.text, "残疾类别</dt>");
    assert_contains(&page.text, "这里的规定不看这一情况");
    // The same in English.
    let english = Browser { server: &server, languages: "en" };
    let outcome = english.step(ZHIFU, &page, "continue");
    assert_eq!(outcome.heading(), "By the law of this place you get");
    assert_contains(&outcome.text, "193.00 yuan a month");
    assert_contains(&outcome.text, "Has a disability of grade 1 or 2");
    assert_eq!(outcome.header("cache-control"), "no-store");
    // Nothing that was answered is on the host.
    assert!(!server.folder.path().join("decisions.ndjson").exists() || server.decision_log().is_empty());
    assert_lacks(&server.said(), "disability_grade");
}

#[test]
fn a_person_goes_back_changes_an_answer_and_leaves_one_open() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let first = browser.begin(ZHIFU);
    let first_question = first.hidden("question");
    let second = browser.answer(ZHIFU, &first, "no");
    assert_ne!(second.hidden("question"), first_question);
    // Back shows the answer that was given.
    let back = browser.press(ZHIFU, &second, &[("action", "back")]);
    assert_eq!(back.hidden("question"), first_question);
    assert_contains(&back.text, "value=\"no\" checked");
    // Twice the same step, as by a double click, leads to the same page.
    let again = browser.answer(ZHIFU, &first, "no");
    assert_eq!(again.text, second.text);
    // What is enough ends it: who is in the support scheme gets no care subsidy, whatever else is so.
    let refused = browser.answer(ZHIFU, &back, "yes");
    assert_eq!(refused.heading(), "By the law of this place you are not eligible");
    let changed = browser.step(ZHIFU, &refused, &format!("change:{first_question}"));
    assert_eq!(changed.hidden("question"), first_question);
    let mut page = browser.answer(ZHIFU, &changed, "no");
    while page.text.contains("name=\"question\"") {
        page = browser.press(ZHIFU, &page, &[("action", "skip")]);
    }
    assert_eq!(page.heading(), "It can't be determined yet");
    for said in ["facts are missing", "This is missing:", "Answer this now", "you didn't know"] {
        assert_contains(&page.text, said);
    }
}

#[test]
fn each_question_is_one_of_those_that_can_change_the_decision_and_none_is_left_out() {
    let server = Server::start(plugins_rulebook(), "[portal]\naddress-rate-limit-per-second = 10000\n");
    let browser = Browser { server: &server, languages: "en" };
    let services = [
        ("US-TN", "cash-assistance"),
        ("US-FL", "cash-assistance"),
        ("US-MD", "county-income-tax"),
        ("NZ", "rates-rebate"),
        ("CN-370602", "disability-care-subsidy"),
        ("CN-4403", "old-age-allowance"),
    ];
    let mut asked = 0;
    for (place, service) in services {
        let path = format!("/places/{place}/services/{service}");
        for (choice, number) in [("no", "1"), ("yes", "1"), ("yes", "900"), ("no", "4000")] {
            let mut page = browser.begin(&path);
            let mut left_open: Vec<String> = Vec::new();
            loop {
                let case: Value = serde_json::from_str(&page.hidden("case")).unwrap();
                let body = json!({"jurisdiction": place, "as_of": case["as_of"], "facts": case["facts"]});
                let all = server.post(&format!("/v1/services/{service}/questions"), &body.to_string()).json();
                let all: Vec<&str> =
                    all["ask"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
                if !page.text.contains("name=\"question\"") {
                    assert!(all.iter().all(|name| left_open.iter().any(|left| left == name)), "{path} {case} {all:?}");
                    break;
                }
                let question = page.hidden("question");
                assert!(all.contains(&question.as_str()), "{path} {case}: {question} isn't in {all:?}");
                asked += 1;
                let offered =
                    page.text.split_once("name=\"answer\" value=\"").and_then(|(_, rest)| rest.split('"').next());
                let answer = match offered {
                    Some("yes") => choice,
                    Some(offered) if !offered.is_empty() => offered,
                    Some(_) | None => number,
                };
                let next = browser.post(
                    &path,
                    &[("case", &page.hidden("case")), ("question", &question), ("answer", answer), ("action", "next")],
                );
                // An answer that doesn't fit is left open.
                page = match next.text.contains("govuk-error-summary") {
                    false => next,
                    true => {
                        left_open.push(question);
                        browser.press(&path, &page, &[("action", "skip")])
                    }
                };
                assert!(left_open.len() < 20, "{path} {left_open:?}");
            }
        }
    }
    assert!(asked > 40, "{asked}");
}

#[test]
fn each_member_of_a_household_is_asked_in_turn() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let path = "/places/CN-3301/services/minimum-living-allowance";
    let mut page = browser.begin(path);
    let mut asked = Vec::new();
    while page.text.contains("name=\"question\"") {
        let question = page.hidden("question");
        let answer = match question.as_str() {
            "household_members" => "2",
            question if question.ends_with("monthly_income") => "300",
            question if question.ends_with("age") => "40",
            _ if page.text.contains("type=\"radio\"") => "yes",
            _ => "1000",
        };
        if question == "household_members[1].monthly_income" {
            assert_contains(&page.text, "Person 2 of 2");
        }
        let is_day = page.text.contains("answer-year");
        page = match is_day {
            true => browser.press(
                path,
                &page,
                &[("answer-year", "1986"), ("answer-month", "2"), ("answer-day", "3"), ("action", "next")],
            ),
            false => browser.answer(path, &page, answer),
        };
        asked.push(question);
        assert!(asked.len() < 30, "{asked:?}");
    }
    let of = |item: &str| asked.iter().position(|question| question.starts_with(item));
    assert!(of("household_members[0]") < of("household_members[1]"), "{asked:?}");
    let last_of_first = asked.iter().rposition(|question| question.starts_with("household_members[0]"));
    assert!(last_of_first < of("household_members[1]"), "{asked:?}");
    assert_contains(&page.text, "number 2");
}

#[test]
fn a_wrong_answer_is_told_and_shown_again() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let first = browser.begin(ZHIFU);
    let none = browser.press(ZHIFU, &first, &[("action", "next")]);
    assert_contains(&none.text, "There is a problem");
    assert_contains(&none.text, "Choose one of the answers");
    assert_contains(&none.text, "href=\"#answer\"");
    assert_contains(&none.text, "<title>Error: ");
    // A grade is one of four.
    let grade = browser.press(ZHIFU, &first, &[("question", "disability_grade"), ("action", "show")]);
    assert_contains(&grade.text, "type=\"radio\" id=\"answer-3\" name=\"answer\" value=\"4\"");
    assert_contains(&browser.answer(ZHIFU, &grade, "9").text, "Write a number from 1 to 4");
    let living = "/places/CN-370602/services/disability-living-subsidy";
    let begun = browser.begin(living);
    let income = browser.press(living, &begun, &[("question", "household_income_per_person"), ("action", "show")]);
    let case = income.hidden("case");
    let typed = |answer: &str| {
        let question = ("question", "household_income_per_person");
        let fields = [("case", case.as_str()), question, ("answer", answer), ("action", "next")];
        browser.post(living, &fields).assert_page(200)
    };
    for (answer, said) in [
        ("2000000", "Write a number from 0 to 1000000"),
        ("1.234", "Write at most 2 digits after the point"),
        ("1.200,00", "Write a number, such as 1200"),
        ("", "Write an answer, or press"),
        ("\"><script>alert(1)</script>", "Write a number, such as 1200"),
    ] {
        let page = typed(answer);
        assert_contains(&page.text, said);
        assert_contains(&page.text, "aria-describedby=\"hint error unit\"");
    }
    assert_contains(&typed("<b>4").text, "value=\"&lt;b&gt;4\"");
    // Who holds no certificate has no grade: the two answers contradict each other.
    let mut case: Value = serde_json::from_str(&begun.hidden("case")).unwrap();
    case["facts"] = json!({"disability_grade": 1});
    case["asked"] = json!(["disability_grade"]);
    let case = case.to_string();
    let fields =
        [("case", case.as_str()), ("question", "has_disability_certificate"), ("answer", "no"), ("action", "next")];
    assert_contains(&browser.post(living, &fields).assert_page(200).text, "contradicts one of your answers");
}

#[test]
fn what_would_change_it_is_the_nearest_value_that_turns_the_outcome() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let path = "/places/US-TN/services/cash-assistance";
    let mut page = browser.begin(path);
    while page.text.contains("name=\"question\"") {
        let question = page.hidden("question");
        let answer = match question.as_str() {
            "household_size" => "3",
            "earned_income" => "5000",
            "residence_status" => "citizen",
            _ if page.text.contains("value=\"yes\"") => "yes",
            _ => "0",
        };
        page = browser.answer(path, &page, answer);
    }
    assert_eq!(page.heading(), "By the law of this place you are not eligible");
    let mut case: Value = serde_json::from_str(&page.hidden("case")).unwrap();
    let changes = browser.step(path, &page, "what-if");
    assert_contains(&changes.text, "Gross income earned by working");
    let (_, after) = changes.text.split_once("Changed to: ").unwrap();
    let nearest: f64 = after.split(' ').next().unwrap().parse().unwrap();
    // The host decides the other way with this value, and as before with one cent more.
    let mut outcome = |income: f64| {
        case["facts"]["earned_income"] = json!(format!("{income:.2}"));
        let reply = server.decide("US-TN", "cash-assistance", case["as_of"].as_str().unwrap(), &case["facts"]);
        reply.assert_status(200).json()["outcome"].as_str().unwrap().to_owned()
    };
    assert_ne!(outcome(nearest), "ineligible");
    assert_eq!(outcome(nearest + 0.01), "ineligible");
    // The same case elsewhere: other states have law of their own.
    let elsewhere = browser.step(path, &page, "elsewhere");
    for state in ["Tennessee", "Florida", "Nebraska"] {
        assert_contains(&elsewhere.text, state);
    }
}

#[test]
fn a_change_of_the_law_between_two_steps_is_told() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let first = browser.begin(ZHIFU);
    let told = "The law was updated while you answered";
    assert_lacks(&browser.answer(ZHIFU, &first, "no").text, told);
    let mut case: Value = serde_json::from_str(&first.hidden("case")).unwrap();
    case["rulebook"] = json!("sha256:0000");
    let (case, question) = (case.to_string(), first.hidden("question"));
    let fields = [("case", case.as_str()), ("question", question.as_str()), ("answer", "no"), ("action", "next")];
    let second = browser.post(ZHIFU, &fields).assert_page(200);
    assert_contains(&second.text, told);
    // It is told once.
    assert_lacks(&browser.answer(ZHIFU, &second, "no").text, told);
}

/// A form with these facts.
fn with_facts(case: &str, facts: &str) -> String {
    case.replace("\"facts\":{}", &format!("\"facts\":{facts}"))
}

#[test]
fn forged_and_oversized_forms_are_refused_in_words() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let begun = browser.begin(ZHIFU);
    let case = begun.hidden("case");
    let evil = "<script>evil</script>";
    let forged = [
        String::new(),
        evil.to_owned(),
        "[]".to_owned(),
        case.replace("2026", "9999999"),
        case.replace("\"asked\":[]", &format!("\"asked\":[\"{evil}\"]")),
        case.replace("\"asked\":[]", "\"asked\":[\"a\",\"a\"]"),
    ];
    for case in forged {
        let page = browser.post(ZHIFU, &[("case", &case), ("action", "continue")]).assert_page(400);
        assert_contains(&page.text, "Begin again");
        assert_lacks(&page.text, "evil");
    }
    // What the service doesn't have, or not so, is dropped: another rulebook may have come into use.
    let unfit = [
        "{\"no_such_fact\":1}".to_owned(),
        "{\"disability_grade\":[[[[[[]]]]]]}".to_owned(),
        "{\"disability_grade\":{\"$gt\":0}}".to_owned(),
        format!("{{\"disability_kind\":\"{evil}\",\"disability_grade\":9}}"),
    ];
    for facts in unfit.iter().map(|unfit| with_facts(&case, unfit)) {
        let page = browser.post(ZHIFU, &[("case", &facts), ("action", "continue")]).assert_page(200);
        assert_contains(&page.text, "Some of your answers no longer fit");
        assert_contains(&page.hidden("case"), "\"facts\":{}");
        assert_lacks(&page.text, "evil");
    }
    for (question, action) in [("no_such", "next"), ("../x", "skip"), ("", "next"), ("x", evil), ("x", "change:../x")] {
        browser.post(ZHIFU, &[("case", &case), ("question", question), ("action", action)]).assert_page(400);
    }
    let large = with_facts(&case, &format!("{{\"disability_kind\":\"{}\"}}", "x".repeat(1 << 20)));
    browser.post(ZHIFU, &[("case", &large), ("action", "continue")]).assert_page(413);
    let many: Vec<(&str, &str)> = std::iter::repeat_n(("a", "1"), 100).collect();
    browser.post(ZHIFU, &many).assert_page(400);
    // JSON is no form.
    let request = agent().post(format!("{}{ZHIFU}", server.address)).header("content-type", "application/json");
    Page::read(request.send("{}")).assert_page(415);
}

#[test]
fn links_that_lead_nowhere_end_at_a_page_that_says_so() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "zh" };
    for path in [
        "/places/XX",
        "/places/CN-999999",
        "/places/%3Cscript%3E",
        "/places/%FF",
        "/services/no-such",
        "/places/CN/services/no-such",
        "/places/XX/services/disability-care-subsidy",
    ] {
        let page = browser.get(path).assert_page(404);
        assert_contains(&page.text, "没有这个页面");
    }
    let none = browser.get("/places?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E&service=%3Cx%3E").assert_page(200);
    assert_contains(&none.text, "没有收录这个地方");
    assert_contains(&none.text, "value=\"&lt;script&gt;alert(1)&lt;/script&gt;\"");
    browser.get(&format!("/places?q={}", "x".repeat(5_000))).assert_page(200);
    browser.get("/places?q=a&q=b&x=1").assert_page(400);
    browser.get("/places?q=%FF").assert_page(200);
    assert_eq!(browser.get("/assets/nothing.css").status, 404);
    // A program gets a problem, and a browser a page.
    server.get("/nothing").assert_problem(404, "not-found");
    let request = agent().get(format!("{}/nothing", server.address)).header("accept", "text/html,*/*;q=0.8");
    Page::read(request.call()).assert_page(404);
}

#[test]
fn the_language_is_that_of_the_browser_until_a_person_chooses_one() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "fr" };
    let english = browser.get("/").assert_page(200);
    assert_contains(&english.text, "<html lang=\"en\"");
    assert_contains(english.header("vary"), "accept-language");
    let chosen = browser.get("/?lang=zh").assert_page(200);
    assert_contains(&chosen.text, "<html lang=\"zh\"");
    assert_contains(chosen.header("set-cookie"), "lang=zh; ");
    assert_contains(chosen.header("set-cookie"), "HttpOnly");
    let request = agent().get(format!("{}/", server.address)).header("cookie", "lang=zh");
    assert_contains(&Page::read(request.call()).text, "<html lang=\"zh\"");
    // A text that there is in another language alone is marked as of that language.
    assert_contains(&chosen.text, "<span lang=\"en\" data-fallback>Cash assistance for families (TANF)</span>");
}

#[test]
fn the_first_page_is_small() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    let start = browser.get("/").assert_page(200);
    let (_, style) = start.text.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let style = browser.get(style.split('"').next().unwrap());
    assert_eq!(style.status, 200);
    assert_contains(style.header("cache-control"), "immutable");
    let bytes = start.text.len() + style.text.len();
    assert!(bytes < 100_000, "{bytes}");
}

#[test]
fn the_portal_can_be_switched_off_and_bounded() {
    let off = Server::start(plugins_rulebook(), "[portal]\nenabled = false\n");
    let browser = Browser { server: &off, languages: "en" };
    assert_eq!(browser.get("/places").status, 404);
    assert_eq!(browser.post(ZHIFU, &[("action", "start")]).status, 404);
    assert_contains(&browser.get("/").text, "Ordinance");
    // Visitors share one quota, and wait in words.
    let slow = Server::start(plugins_rulebook(), "[portal]\nrate-limit-per-second = 1\n");
    let browser = Browser { server: &slow, languages: "en" };
    let pages = (0..20).map(|_| browser.post(ZHIFU, &[("action", "start")]));
    let refused = pages.into_iter().find(|page| page.status == 429).expect("no page was refused");
    let refused = refused.assert_page(429);
    assert_contains(&refused.text, "Many people ask at this moment");
    assert_ne!(refused.header("retry-after"), "");
    // A step that comes in a busy moment can be sent again as it was.
    assert_contains(&refused.text, "name=\"action\" value=\"start\"");
    assert_contains(&refused.text, "Try again");
    // What the operator doesn't open is refused.
    let closed = Server::start(plugins_rulebook(), "[portal]\njurisdictions = [\"US\"]\n");
    let browser = Browser { server: &closed, languages: "en" };
    browser.post(ZHIFU, &[("action", "start")]).assert_page(403);
    let page = browser.get(ZHIFU).assert_page(200);
    assert_contains(&page.text, "This site takes no cases of this service here");
    assert!(!page.text.contains("value=\"start\""), "{}", page.text);
}

#[test]
fn what_authors_write_is_shown_as_text() {
    let folder = scratch();
    let rule = benefit("N", "50.00");
    write_and_build(folder.path(), &[("N/guard/rule.toml", &permitting("")), ("N/benefit/rule.toml", &rule)]);
    let (source, rulebook) = (folder.path().join("source"), folder.path().join("rulebook"));
    let evil = "<script>alert('x')</script>";
    let title = "titles = { en = \"Age in full years\" }";
    let texts = ["titles", "question", "hint", "evidence"].map(|key| format!("{key} = {{ en = \"{evil}\" }}"));
    edit(&source.join("facts.toml"), title, &texts.join("\n"));
    let service = source.join("services/benefit.toml");
    let more = format!("[description]\nen = \"{evil}\"\n\n[[apply]]\noffice = {{ en = \"{evil}\" }}\n");
    let written = std::fs::read_to_string(&service).unwrap();
    std::fs::write(&service, format!("{written}\n{more}")).unwrap();
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let server = Server::start(&rulebook, "");
    let browser = Browser { server: &server, languages: "en" };
    let path = "/places/N/services/benefit";
    let escaped = "&lt;script&gt;alert";
    assert_contains(&browser.get("/").assert_page(200).text, escaped);
    assert_contains(&browser.get(path).assert_page(200).text, escaped);
    let mut page = browser.begin(path);
    while page.text.contains("name=\"question\"") {
        let is_age = page.hidden("question") == "age";
        assert_eq!(page.text.contains(escaped), is_age, "{}", page.text);
        page = browser.answer(path, &page, if is_age { "80" } else { "yes" });
    }
    assert_contains(&page.text, escaped);
    browser.step(path, &page, "what-if");
}

#[test]
fn slow_forms_hold_up_nobody_else() {
    let server = Server::start(plugins_rulebook(), "");
    let browser = Browser { server: &server, languages: "en" };
    // More forms that never come whole than visitors may have requests in flight.
    let slow: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(server.host()).unwrap();
            let head = format!(
                "POST {ZHIFU} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: 12\r\n\r\naction",
                server.host()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    browser.begin(ZHIFU);
    drop(slow);
}
