//! Lines and the questions that find them.

use super::*;
use proptest::prelude::*;

fn finds(question: &str, line: &str) -> bool {
    let query = Query::parse(question).unwrap();
    let candidate = query.tokens().is_subset(&tokens(line));
    let answers = query.hits(line).is_some();
    assert!(candidate || !answers, "{question}: an answer must be a candidate: {line}");
    answers
}

fn shown(question: &str, line: &str) -> Vec<String> {
    let hits = Query::parse(question).unwrap().hits(line).unwrap();
    let chars: Vec<char> = line.chars().collect();
    hits.ranges.iter().map(|r| chars[r.clone()].iter().collect()).collect()
}

/// Rows: S2.15, V8
#[test]
fn words_and_characters_find_their_line() {
    for (question, line) in [
        ("退款", "我想申请退款，什么时候到账"),
        ("退", "我想申请退款"),
        ("退款", "我要退 款"), // recognisers put spaces between characters
        ("退款", "我要申請退款"),
        ("电话", "我的電話壞了"),
        ("電話", "我的电话坏了"),
        ("refund", "I want a Refund!"),
        ("REFUND", "refund"),
        ("ｒｅｆｕｎｄ", "a refund"),
        ("refund account", "the account has no refund"),
        ("\"credit card\"", "my Credit-Card is lost"),
        ("“credit card”", "my credit card"),
        ("refu*", "refunded"),
        ("don't", "I dont know"),
        ("don’t", "I don't know"),
        ("café", "the Cafe\u{301}"),
        ("iphone 退款", "我的iPhone要退款"),
        ("iphone手机", "一台 iPhone手机"),
        ("订单", "订单号 A302 呢"),
        ("302", "房间三零二"),
        ("302", "room three oh two please"),
        ("三零二", "房间三零二"),
        ("1,024", "costs 1,024 dollars"),
        ("2026-11-20", "am 2026-11-20 bestellt"),
        ("𠮷野家", "去𠮷野家吃饭"),
        ("カタカナ", "これはカタカナです"),
    ] {
        assert!(finds(question, line), "{question} in {line}");
    }
}

#[test]
fn other_lines_are_not_found() {
    for (question, line) in [
        ("退款", "退一步说，款到发货"),
        ("退款", "款退"),
        ("退款", "我要退\n款"),
        ("fund", "refund"),
        ("refunds", "refund"),
        ("refund account", "refund"),
        ("\"credit card\"", "card credit"),
        ("\"credit card\"", "credit for the card"),
        ("refu*", "fuse"),
        ("302", "1302"),
        ("302", "三零二五"),
    ] {
        assert!(!finds(question, line), "{question} in {line}");
    }
}

#[test]
fn hits_stand_where_they_were_said() {
    assert_eq!(shown("退款", "退款退款，退 款"), ["退款退款", "退 款"]);
    assert_eq!(shown("申请 退款", "我要申請退款了"), ["申請退款"]);
    assert_eq!(shown("302", "in three oh two or 302"), ["three oh two", "302"]);
    assert_eq!(shown("refu*", "Refunds, refusal"), ["Refunds", "refusal"]);
    let score = |line: &str| Query::parse("退款").unwrap().hits(line).unwrap().score;
    assert!(score("退款退款") > score("我想问一下退款的事情"));
}

#[test]
fn what_cannot_be_looked_for_is_told() {
    let parse = |text: &str| Query::parse(text).map(drop);
    for nothing in ["", " ", "。，！", "\"\"", "***", "\u{0}\u{200b}", "😀"] {
        assert_eq!(parse(nothing), Err(QueryError::Nothing), "{nothing:?}");
    }
    assert_eq!(parse(&"长".repeat(10_000)), Err(QueryError::TooLong(256)));
    assert_eq!(parse(&"a ".repeat(17)), Err(QueryError::TooManyTerms(16)));
    assert_eq!(parse("re*"), Err(QueryError::ShortPrefix(3)));
    for personal in ["13812345678", "refund 138 1234 5678", "一三八一二三四五六七八", "\"li@example.org\""] {
        assert_eq!(parse(personal), Err(QueryError::Personal), "{personal}");
    }
    for right in ["退", "a", "7", "\"unclosed phrase", "123456"] {
        assert_eq!(parse(right), Ok(()), "{right}");
    }
}

/// Rows: S12.2, S12.3
#[test]
fn personal_numbers_are_neither_indexed_nor_shown() {
    for (line, masked) in [
        ("打 13812345678 找我", "打 ••••••••678 找我"),
        ("打138-1234-5678找我", "打•••-••••-•678找我"),
        ("call +49 30 1234567", "call +•• •• ••••567"),
        ("我的电话是一三八一二三四五六七八对", "我的电话是••••••••六七八对"),
        ("我的电话是幺三八 一二三四 五六七八", "我的电话是••• •••• •六七八"),
        ("it is one three eight double one two three four five", "it is • • • •• • three four five"),
        ("身份证 11010119900307123X", "身份证 ••••••••••••••123X"),
        ("card 6222 0212 3456 7890 123", "card •••• •••• •••• •••• 123"),
        ("write to li.wei+x@mail.example.org please", "write to l••• please"),
        ("fax 13812'345'678, tel 13812ʼ345678", "fax •••••'•••'678, tel •••••ʼ•••678"),
        // A part of a number that was dictated with pauses.
        ("一三八", "•••"),
        ("1234.", "••••."),
        ("five six seven eight", "• • • •"),
    ] {
        assert_eq!(mask(line), masked, "{line}");
        let kept = tokens(line);
        let figures = |t: &String| t.starts_with("n:") || t.chars().any(|c| "一二三五六七八幺".contains(c));
        assert!(!kept.iter().any(figures), "{line}: {kept:?}");
        assert!(
            !kept.iter().any(|t| t.contains("eight") || t.contains("wei") || t.contains("fiv")),
            "{line}: {kept:?}"
        );
    }
    // ʼ is a letter to Unicode, and yet it joins no figures to a word.
    assert!(!tokens("it is i138ʼ123456 there").iter().any(|t| t.contains("138123456")));
    for plain in ["三个人五点到", "room 302", "我们 2026-11-20 见", "一二三 木头人", "", "12"] {
        assert_eq!(mask(plain), plain);
    }
}

#[test]
fn a_snippet_is_the_part_around_the_hit() {
    let line = format!("{}我要退款，电话一三八一二三四五六七八{}", "前".repeat(100), "后".repeat(100));
    let hits = Query::parse("退款").unwrap().hits(&line).unwrap();
    let part = snippet(&line, &hits.ranges, 30, true);
    assert_eq!(part.text, format!("…{}我要退款，电话••••••••六七八{}…", "前".repeat(8), "后".repeat(4)));
    let cut = |s: &Snippet| s.hits.iter().map(|r| s.text.chars().skip(r.start).take(r.len()).collect()).collect();
    let words: Vec<String> = cut(&part);
    assert_eq!(words, ["退款"]);
    let whole = snippet(&line, &hits.ranges, 30, false);
    assert!(whole.text.contains("一三八一二三四五六七八"), "{}", whole.text);

    // A cut through a number must not make it look like a short one.
    let line = "13812345678，13812345678的退款";
    let hits = Query::parse("退款").unwrap().hits(line).unwrap();
    let part = snippet(line, &hits.ranges, 8, true);
    assert_eq!(part.text, "…••678的退款");

    let line = "the quick brown fox jumps over the lazy dog and asks for a refund of the whole amount";
    let hits = Query::parse("refund").unwrap().hits(line).unwrap();
    let part = snippet(line, &hits.ranges, 30, true);
    assert_eq!(part.text, "…for a refund of the whole…");
    assert_eq!(snippet("short", &[], 30, true), Snippet { text: "short".into(), hits: vec![] });
}

/// Rows: S2.15
#[test]
fn names_are_found_as_they_are_typed() {
    for (typed, name) in [
        ("zs", "张三"),
        ("ZS", "张三"),
        ("zhang", "张三"),
        ("zhangsan", "张三"),
        ("zhang san", "張三"),
        ("zhangs", "张三"),
        ("zhs", "张三"),
        ("张", "張三"),
        ("张s", "张三"),
        ("san", "张三"),
        ("lv", "吕布"),
        ("lu", "吕布"),
        ("lü", "吕布"),
        ("shan", "单田芳"),
        ("xian", "西安"),
        ("tkzx", "退款咨询"),
        ("ann", "Anna Smith"),
        ("as", "Anna Smith"),
        ("smi", "Anna Smith"),
        ("obrien", "O'Brien"),
        ("vip", "VIP 客户"),
        ("vipkh", "VIP 客户"),
    ] {
        let query = NameQuery::parse(typed).unwrap();
        assert!(query.matches(name), "{typed} for {name}");
        let mixed = ["zhangs", "zhs", "vipkh"].contains(&typed);
        assert!(mixed || !query.tokens().is_disjoint(&name_tokens(name)), "{typed} for {name}");
    }
    for (typed, name) in [("zs", "李四"), ("zhangg", "张三"), ("sz", "张三"), ("nna", "Anna"), ("三张", "张三")]
    {
        assert!(!NameQuery::parse(typed).unwrap().matches(name), "{typed} for {name}");
    }
    assert_eq!(NameQuery::parse(" -*"), None);
}

/// A line as recognisers and people make them: words, characters, figures, signs.
fn a_line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,6}",
        "[一二三四五六七八九零退款申请订单電話]{1,6}",
        "[0-9]{1,12}",
        Just("one two".to_owned()),
        Just("double eight".to_owned()),
        "[ ,.。、@*\"+-]{1,2}",
        "\\PC{1,3}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_typed_or_said_is_read(line in a_line(), question in a_line(), longest in 1usize..40) {
        let kept = tokens(&line);
        prop_assert!(name_tokens(&line).len() < 20_000);
        if let Some(query) = NameQuery::parse(&question) {
            query.matches(&line);
        }
        let hits = match Query::parse(&question) {
            Ok(query) => {
                let hits = query.hits(&line);
                prop_assert!(hits.is_none() || query.tokens().is_subset(&kept), "an answer must be a candidate");
                hits.map(|h| h.ranges).unwrap_or_default()
            }
            Err(_) => Vec::new(),
        };
        let part = snippet(&line, &hits, longest, true);
        let length = part.text.chars().count();
        prop_assert!(part.hits.iter().all(|r| r.start < r.end && r.end <= length));
    }

    #[test]
    fn a_masked_line_holds_no_long_number(line in a_line()) {
        let masked = mask(&line);
        let mut run = 0;
        for c in masked.chars() {
            run = if c.is_ascii_digit() { run + 1 } else { 0 };
            prop_assert!(run < 7, "{line} → {masked}");
        }
    }

    /// Every piece of Chinese in a line finds it.
    #[test]
    fn any_run_of_characters_finds_its_line(line in "[退款申请订单电话的我要]{2,30}", from in 0usize..30, length in 1usize..8) {
        let chars: Vec<char> = line.chars().collect();
        let from = from % chars.len();
        let part: String = chars[from..].iter().take(length).collect();
        prop_assert!(finds(&part, &line));
    }
}
