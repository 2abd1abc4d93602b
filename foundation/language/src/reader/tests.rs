//! Sentences as others write them, and as they are said.

use super::read;
use Language::{En, ZhCn};
use ringdesk_model::Language;

fn table(language: Language, lines: &[(&str, &str)]) {
    for (written, said) in lines {
        assert_eq!(read(written, language), *said);
        assert_eq!(read(said, language), *said, "reading twice changes nothing");
    }
}

/// Rows: V13
#[test]
fn english() {
    table(
        En,
        &[
            ("Welcome to Ringdesk.", "Welcome to Ringdesk."),
            ("You are number 3 in line.", "You are number three in line."),
            ("You are number 12.", "You are number twelve."),
            ("For support press 1, for sales press 2.", "For support press one, for sales press two."),
            ("It costs $12.50.", "It costs twelve dollars and fifty cents."),
            ("It costs ¥1,299.", "It costs one thousand two hundred ninety-nine yuan."),
            ("USD 3 or 4 euros", "three dollars or four euros"),
            ("We open at 9:00 and close at 17:30.", "We open at nine AM and close at five thirty PM."),
            ("from 10am to 2:05 PM.", "from ten AM to two oh five PM."),
            ("on 2026-11-21", "on November twenty-first, twenty twenty-six"),
            ("on November 21, 2026, at noon", "on November twenty-first, twenty twenty-six, at noon"),
            ("the 2nd of 3 calls, the 21st", "the second of three calls, the twenty-first"),
            ("Call 555-123-4567 now", "Call five five five, one two three, four five six seven now"),
            ("dial 911.", "dial nine one one."),
            ("your order 12345 is here", "your order one two three four five is here"),
            ("order number: 0042", "order number: zero zero four two"),
            ("12345 people", "twelve thousand three hundred forty-five people"),
            (
                "parcel AB12345 or RD-2026-001",
                "parcel A B one two three four five or R D, two zero two six, zero zero one",
            ),
            ("ticket #4711", "ticket four seven one one"),
            ("up 12.5%", "up twelve point five percent"),
            ("in 3-5 days", "in three to five days"),
            ("version 1.2.3", "version one point two point three"),
            ("it is -4 outside", "it is minus four outside"),
            ("20261121093000", "two zero two six one one two one zero nine three zero zero zero"),
            ("agent1 speaks", "agent one speaks"),
            ("wait 5min", "wait five min"),
            ("Pay $2k", "Pay $two k"),
        ],
    );
}

/// Rows: V13
#[test]
fn mandarin() {
    table(
        ZhCn,
        &[
            ("欢迎致电Ringdesk。", "欢迎致电Ringdesk。"),
            ("您排在第2位。", "您排在第二位。"),
            ("前面还有2位客户。", "前面还有两位客户。"),
            ("技术支持请按1，销售请按2。", "技术支持请按一，销售请按二。"),
            ("共12.50元", "共十二元五角"),
            ("共¥2.00，优惠2元", "共两元，优惠两元"),
            ("约2万元", "约两万元"),
            ("现在是14:30", "现在是下午两点三十分"),
            ("下午2:05开会", "下午两点零五分开会"),
            ("上午９：００", "上午九点"),
            ("2026年11月2日", "二零二六年十一月二日"),
            ("于2026-11-21到货", "于二零二六年十一月二十一日到货"),
            ("2年2个月2天", "两年两个月两天"),
            ("请拨打13800138000", "请拨打幺三八，零零幺三，八零零零"),
            ("电话：010-12345678", "电话：零幺零，幺二三四五六七八"),
            ("热线是10086。", "热线是幺零零八六。"),
            ("订单号12345已发货", "订单号一二三四五已发货"),
            ("验证码：001234", "验证码：零零一二三四"),
            ("有12345人", "有一万二千三百四十五人"),
            ("单号SF1023", "单号S F 一零二三"),
            ("涨了12.5％", "涨了百分之十二点五"),
            ("等待2-3分钟", "等待两到三分钟"),
            ("长2.5米", "长二点五米"),
            ("气温-4度", "气温负四度"),
        ],
    );
}

/// Whatever comes in, something comes out: no panic, no figure left.
#[test]
fn anything_can_be_read() {
    let pieces = [
        "1",
        "0",
        "12",
        "2026",
        "-",
        ":",
        ".",
        ",",
        "/",
        "¥",
        "$",
        "+",
        "(",
        ")",
        "%",
        "#",
        "A",
        "am",
        "年",
        "月",
        "元",
        "第",
        " ",
        "99999999999999999999",
        "call",
        "订单",
        "é",
        "：",
        "９",
        "th",
        "USD",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                for d in ["", "1", "元", ".5", "-7", "pm"] {
                    let text = format!("{a}{b}{c}{d}");
                    for language in [En, ZhCn] {
                        let said = read(&text, language);
                        assert!(!said.contains(|c: char| c.is_ascii_digit()), "{text} → {said}");
                    }
                }
            }
        }
    }
}
