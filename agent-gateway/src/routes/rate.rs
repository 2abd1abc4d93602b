//! The page behind a link to rate a conversation: for a contact with no login and any browser, without a script.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Stranger;
use crate::problem::Problem;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::response::Html;
use ringdesk_conversations::{Aspect, Rating, rating};
use ringdesk_model::Clock as _;
use ringdesk_operations::OperationError;
use ringdesk_operations::satisfaction::Invitation;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// As the page sends it: fields that were left empty are empty.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RatingForm {
    /// 1 to 5.
    stars: Option<u8>,
    speed: Option<u8>,
    attitude: Option<u8>,
    effect: Option<u8>,
    convenience: Option<u8>,
    words: Option<String>,
}

/// The words of the page in one language.
struct Said {
    language: &'static str,
    question: &'static str,
    whole: &'static str,
    /// By the number of the star: 1 to 5.
    stars: [&'static str; 5],
    aspects: [&'static str; 4],
    words: &'static str,
    send: &'static str,
    thanks: &'static str,
    missing: &'static str,
    over: &'static str,
    later: &'static str,
}

const EN: Said = Said {
    language: "en",
    question: "How satisfied are you with our service?",
    whole: "All in all",
    stars: ["not at all", "a little", "so so", "satisfied", "very satisfied"],
    aspects: ["Speed", "Attitude", "Was it solved?", "Convenience"],
    words: "What else do you want to say? (optional)",
    send: "Send",
    thanks: "Thank you for your answer.",
    missing: "Please choose one to five stars.",
    over: "This invitation is over. Thank you all the same.",
    later: "Please try again in a minute.",
};

const ZH: Said = Said {
    language: "zh-CN",
    question: "您对本次服务满意吗？",
    whole: "总体评价",
    stars: ["非常不满意", "不满意", "一般", "满意", "非常满意"],
    aspects: ["响应速度", "服务态度", "问题解决", "使用便捷"],
    words: "您还想说些什么？（选填）",
    send: "提交",
    thanks: "感谢您的评价。",
    missing: "请选择一到五星。",
    over: "本次评价已结束，感谢您的关注。",
    later: "请稍后再试。",
};

const STYLE: &str = "body{margin:0;font:17px/1.5 system-ui,-apple-system,\"PingFang SC\",\"Microsoft YaHei\",sans-serif;color:#1b1f24;background:#fff}\
    main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem}h1{font-size:1.4rem}fieldset{margin:0 0 1.2rem;padding:.6rem .9rem;border:1px solid #8c959f;border-radius:8px}\
    legend{padding:0 .3rem;font-weight:600}label.star{display:flex;gap:.6rem;align-items:center;min-height:44px}input[type=radio]{width:22px;height:22px;margin:0}\
    textarea{box-sizing:border-box;width:100%;min-height:6rem;padding:.6rem;border:1px solid #59636e;border-radius:8px;font:inherit;color:inherit;background:inherit}\
    button{min-height:48px;margin-top:1.2rem;padding:0 1.6rem;border:0;border-radius:8px;font:inherit;color:#fff;background:#1f5fbf}.wrong{color:#b42318}\
    :focus-visible{outline:3px solid currentcolor;outline-offset:2px}\
    @media(prefers-color-scheme:dark){body{color:#f0f3f6;background:#1b1f24}.wrong{color:#ff9a8f}}";

/// The page that asks.
#[utoipa::path(get, path = "/rate/{link}", tag = "satisfaction", params(("link" = String, Path)),
    responses((status = 200, description = "HTML"), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn page(
    State(gateway): State<Gateway>,
    Path(link): Path<String>,
    Stranger(address): Stranger,
    headers: HeaderMap,
) -> Result<Html<String>, Problem> {
    let said = spoken(&headers);
    within(&gateway, &address)?;
    match gateway.operations.rating_asked(gateway.clock.now(), &link).await {
        Ok(asked) => Ok(form(said, &asked, None)),
        Err(OperationError::Over(_)) => Ok(words(said, said.over)),
        Err(other) => Err(other.into()),
    }
}

/// The answer, once.
#[utoipa::path(post, path = "/rate/{link}", tag = "satisfaction", params(("link" = String, Path)),
    request_body(content = RatingForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "HTML"), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn answer(
    State(gateway): State<Gateway>,
    Path(link): Path<String>,
    Stranger(address): Stranger,
    headers: HeaderMap,
    body: Result<Form<RatingForm>, FormRejection>,
) -> Result<Html<String>, Problem> {
    let said = spoken(&headers);
    within(&gateway, &address)?;
    let now = gateway.clock.now();
    let asked = match gateway.operations.rating_asked(now, &link).await {
        Ok(asked) => asked,
        Err(OperationError::Over(_)) => return Ok(words(said, said.over)),
        Err(other) => return Err(other.into()),
    };
    let Some(rating) = body.ok().and_then(|Form(body)| read(&body)) else {
        return Ok(form(said, &asked, Some(said.missing)));
    };
    match gateway.operations.rate_by_link(now, &link, &rating).await {
        Ok(()) => Ok(words(said, said.thanks)),
        // Somebody else was quicker with the same link.
        Err(OperationError::Over(_) | OperationError::Refused(_)) => Ok(words(said, said.over)),
        Err(OperationError::Store(_)) => Ok(words(said, said.later)),
        Err(other) => Err(other.into()),
    }
}

/// Whoever tries links does so slowly.
fn within(gateway: &Gateway, address: &str) -> Result<(), Problem> {
    let (now, limits) = (gateway.clock.now(), &gateway.visitors);
    limits.take(now, &format!("ratings of {address}"), limits.rates.ratings_of_address).map_err(|wait| {
        metrics::counter!("widget_refused_total", "reason" => "ratings").increment(1);
        Problem::throttled().after(wait)
    })
}

fn read(form: &RatingForm) -> Option<Rating> {
    let RatingForm { stars, speed, attitude, effect, convenience, words } = form;
    let given = Aspect::ALL.into_iter().zip([speed, attitude, effect, convenience]);
    let aspects: BTreeMap<Aspect, u8> = given.filter_map(|(aspect, stars)| Some((aspect, (*stars)?))).collect();
    rating((*stars)?, aspects, words.as_deref()).ok()
}

/// The language that the browser names first of those we speak.
fn spoken(headers: &HeaderMap) -> &'static Said {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok()).unwrap_or_default();
    let mut wanted = wanted.split(',').map(|one| one.trim().to_ascii_lowercase());
    let known = wanted.find_map(|one| match one.get(..2) {
        Some("zh") => Some(&ZH),
        Some("en") => Some(&EN),
        _ => None,
    });
    known.unwrap_or(&EN)
}

fn words(said: &Said, text: &str) -> Html<String> {
    document(said, text, &format!("<p role=\"status\">{}</p>", escaped(text)))
}

fn form(said: &Said, asked: &Invitation, wrong: Option<&str>) -> Html<String> {
    let language = said.language.get(..2).unwrap_or_default();
    let question = asked.survey.question.get(language).map_or(said.question, String::as_str);
    let wrong = wrong.map_or(String::new(), |why| format!("<p class=\"wrong\" role=\"alert\">{}</p>", escaped(why)));
    let aspects = asked.survey.aspects.iter().map(|aspect| {
        let at = Aspect::ALL.iter().position(|one| one == aspect).unwrap_or(0);
        stars(said, aspect.as_str(), said.aspects[at], false)
    });
    let aspects: String = aspects.collect();
    let remark = match asked.survey.words {
        true => format!(
            "<label for=\"words\">{}</label><textarea id=\"words\" name=\"words\" maxlength=\"2000\"></textarea>",
            said.words
        ),
        false => String::new(),
    };
    let whole = stars(said, "stars", said.whole, true);
    let inside = format!(
        "{wrong}<form method=\"post\">{whole}{aspects}{remark}<div><button type=\"submit\">{}</button></div></form>",
        said.send
    );
    document(said, question, &format!("<h1>{}</h1>{inside}", escaped(question)))
}

/// The best first: it is what most choose.
fn stars(said: &Said, name: &str, legend: &str, required: bool) -> String {
    let required = if required { " required" } else { "" };
    let one = |n: usize| {
        let (bright, word) = ("★".repeat(n), said.stars[n - 1]);
        format!(
            "<label class=\"star\"><input type=\"radio\" name=\"{name}\" value=\"{n}\"{required}>\
             <span aria-hidden=\"true\">{bright}</span><span>{word}</span></label>"
        )
    };
    let all: String = (1..=5).rev().map(one).collect();
    format!("<fieldset><legend>{legend}</legend>{all}</fieldset>")
}

fn document(said: &Said, title: &str, inside: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}</style></head>\
         <body><main>{inside}</main></body></html>",
        said.language,
        escaped(title)
    ))
}

/// Text stays text, whatever an inbox asks.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_conversations::Survey;
    use ringdesk_model::{Ids, Timestamp};

    fn asked(question: &str) -> Invitation {
        let question = BTreeMap::from([("en".to_owned(), question.to_owned())]);
        let survey = Survey { aspects: vec![Aspect::Speed], words: true, question, address: None };
        let conversation = Ids::seeded(1).next(Timestamp(0));
        Invitation { conversation, survey, until: Timestamp(1), given: None }
    }

    #[test]
    fn the_page_asks_what_the_inbox_asks_and_runs_nothing() {
        let Html(page) = form(&EN, &asked("<script>alert(1)</script>?"), None);
        assert!(page.contains("<h1>&lt;script&gt;alert(1)&lt;/script&gt;?</h1>"), "{page}");
        assert!(!page.contains("<script"), "nothing runs here");
        let radios = |name: &str| page.matches(&format!("name=\"{name}\"")).count();
        assert_eq!((radios("stars"), radios("speed"), radios("effect"), radios("words")), (5, 5, 0, 1));
        let Html(page) = form(&ZH, &asked("x"), Some(ZH.missing));
        assert!(page.contains(ZH.question) && page.contains(ZH.missing), "no question in that language: our own");
    }

    #[test]
    fn the_page_speaks_as_the_browser_wants() {
        let of = |wanted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, wanted.parse().unwrap());
            spoken(&headers).language
        };
        assert_eq!((of("zh-CN,zh;q=0.9,en;q=0.8"), of("fr, en;q=0.5, zh"), of("de")), ("zh-CN", "en", "en"));
        assert_eq!(spoken(&HeaderMap::new()).language, "en");
    }
}
