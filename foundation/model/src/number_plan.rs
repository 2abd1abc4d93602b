//! Where a number is at home, by the plan after which numbers are given out: its country by the calling code (ITU-T E.164); in China
//! the city by the area code, or the operator by the first digits of a mobile number.
//!
//! A plan says where a number was given out, not where its holder is; and a mobile number may have moved to another operator since.
//! Whoever shows it says so.

use crate::ContactNumber;
use serde::Serialize;

/// What the plan tells of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NumberPlace {
    /// ISO 3166-1: `CN`; `None` where several countries share a calling code.
    pub country: Option<&'static str>,
    /// Of its country, ISO 3166-2: `CN-GD`.
    pub province: Option<&'static str>,
    /// In Chinese, and in Latin letters.
    pub city: Option<(&'static str, &'static str)>,
    /// Of a mobile number: `mobile`, `unicom`, `telecom`, `broadnet`.
    pub carrier: Option<&'static str>,
}

/// `None`: it is no public number, or of no country in the table.
pub fn number_place(number: &ContactNumber) -> Option<NumberPlace> {
    let digits = number.as_str().strip_prefix('+')?;
    let of = |country| NumberPlace { country, province: None, city: None, carrier: None };
    if let Some(national) = digits.strip_prefix("86") {
        return Some(in_china(national, of(Some("CN"))));
    }
    // No code is the beginning of another.
    let (_, country) = CODES.iter().find(|(code, _)| digits.starts_with(code))?;
    Some(of((!country.is_empty()).then_some(*country)))
}

fn in_china(national: &str, place: NumberPlace) -> NumberPlace {
    if national.starts_with('1') && national.len() == 11 {
        let carrier = CARRIERS.iter().find(|(_, heads)| heads.split(' ').any(|head| national.starts_with(head)));
        return NumberPlace { carrier: carrier.map(|(name, _)| *name), ..place };
    }
    for row in AREAS.iter().flat_map(|(province, rows)| rows.iter().map(move |row| (*province, row))) {
        let (province, (code, zh, latin)) = row;
        if national.starts_with(code) {
            return NumberPlace { province: Some(province), city: Some((zh, latin)), ..place };
        }
    }
    place
}

/// First digits of mobile numbers. Those that operators without a net of their own rent (170, 171, 162, 165, 167) tell less and are
/// not in it.
#[rustfmt::skip]
const CARRIERS: &[(&str, &str)] = &[
    ("mobile", "1340 1341 1342 1343 1344 1345 1346 1347 1348 135 136 137 138 139 147 148 150 151 152 157 158 159 172 178 182 183 184 187 188 195 197 198"),
    ("unicom", "130 131 132 145 146 155 156 166 175 176 185 186 196"),
    ("telecom", "133 149 153 173 177 180 181 189 190 191 193 199"),
    ("broadnet", "192"),
];

type Area = (&'static str, &'static str, &'static str);

/// Area codes without the 0 that is dialled before them, by province.
#[rustfmt::skip]
const AREAS: &[(&str, &[Area])] = &[
    ("CN-BJ", &[("10", "北京", "Beijing")]),
    ("CN-SH", &[("21", "上海", "Shanghai")]),
    ("CN-TJ", &[("22", "天津", "Tianjin")]),
    ("CN-CQ", &[("23", "重庆", "Chongqing")]),
    ("CN-HE", &[
        ("310", "邯郸", "Handan"), ("311", "石家庄", "Shijiazhuang"), ("312", "保定", "Baoding"), ("313", "张家口", "Zhangjiakou"),
        ("314", "承德", "Chengde"), ("315", "唐山", "Tangshan"), ("316", "廊坊", "Langfang"), ("317", "沧州", "Cangzhou"),
        ("318", "衡水", "Hengshui"), ("319", "邢台", "Xingtai"), ("335", "秦皇岛", "Qinhuangdao"),
    ]),
    ("CN-SX", &[
        ("349", "朔州", "Shuozhou"), ("350", "忻州", "Xinzhou"), ("351", "太原", "Taiyuan"), ("352", "大同", "Datong"),
        ("353", "阳泉", "Yangquan"), ("354", "晋中", "Jinzhong"), ("355", "长治", "Changzhi"), ("356", "晋城", "Jincheng"),
        ("357", "临汾", "Linfen"), ("358", "吕梁", "Lüliang"), ("359", "运城", "Yuncheng"),
    ]),
    ("CN-HA", &[
        ("370", "商丘", "Shangqiu"), ("371", "郑州", "Zhengzhou"), ("372", "安阳", "Anyang"), ("373", "新乡", "Xinxiang"),
        ("374", "许昌", "Xuchang"), ("375", "平顶山", "Pingdingshan"), ("376", "信阳", "Xinyang"), ("377", "南阳", "Nanyang"),
        ("379", "洛阳", "Luoyang"), ("391", "焦作", "Jiaozuo"), ("392", "鹤壁", "Hebi"), ("393", "濮阳", "Puyang"),
        ("394", "周口", "Zhoukou"), ("395", "漯河", "Luohe"), ("396", "驻马店", "Zhumadian"), ("398", "三门峡", "Sanmenxia"),
    ]),
    ("CN-LN", &[
        ("24", "沈阳", "Shenyang"), ("411", "大连", "Dalian"), ("412", "鞍山", "Anshan"), ("415", "丹东", "Dandong"),
        ("416", "锦州", "Jinzhou"), ("417", "营口", "Yingkou"), ("418", "阜新", "Fuxin"), ("419", "辽阳", "Liaoyang"),
        ("421", "朝阳", "Chaoyang"), ("427", "盘锦", "Panjin"), ("429", "葫芦岛", "Huludao"),
    ]),
    ("CN-JL", &[
        ("431", "长春", "Changchun"), ("432", "吉林", "Jilin"), ("433", "延边", "Yanbian"), ("434", "四平", "Siping"),
        ("435", "通化", "Tonghua"), ("436", "白城", "Baicheng"), ("437", "辽源", "Liaoyuan"), ("438", "松原", "Songyuan"),
        ("439", "白山", "Baishan"),
    ]),
    ("CN-HL", &[
        ("451", "哈尔滨", "Harbin"), ("452", "齐齐哈尔", "Qiqihar"), ("453", "牡丹江", "Mudanjiang"), ("454", "佳木斯", "Jiamusi"),
        ("455", "绥化", "Suihua"), ("456", "黑河", "Heihe"), ("457", "大兴安岭", "Daxing'anling"), ("458", "伊春", "Yichun"),
        ("459", "大庆", "Daqing"), ("464", "七台河", "Qitaihe"), ("467", "鸡西", "Jixi"), ("468", "鹤岗", "Hegang"),
        ("469", "双鸭山", "Shuangyashan"),
    ]),
    ("CN-NM", &[
        ("470", "呼伦贝尔", "Hulunbuir"), ("471", "呼和浩特", "Hohhot"), ("472", "包头", "Baotou"), ("473", "乌海", "Wuhai"),
        ("474", "乌兰察布", "Ulanqab"), ("475", "通辽", "Tongliao"), ("476", "赤峰", "Chifeng"), ("477", "鄂尔多斯", "Ordos"),
        ("478", "巴彦淖尔", "Bayannur"), ("479", "锡林郭勒", "Xilingol"), ("482", "兴安盟", "Hinggan"), ("483", "阿拉善", "Alxa"),
    ]),
    ("CN-JS", &[
        ("25", "南京", "Nanjing"), ("510", "无锡", "Wuxi"), ("511", "镇江", "Zhenjiang"), ("512", "苏州", "Suzhou"),
        ("513", "南通", "Nantong"), ("514", "扬州", "Yangzhou"), ("515", "盐城", "Yancheng"), ("516", "徐州", "Xuzhou"),
        ("517", "淮安", "Huai'an"), ("518", "连云港", "Lianyungang"), ("519", "常州", "Changzhou"), ("523", "泰州", "Taizhou"),
        ("527", "宿迁", "Suqian"),
    ]),
    ("CN-SD", &[
        ("530", "菏泽", "Heze"), ("531", "济南", "Jinan"), ("532", "青岛", "Qingdao"), ("533", "淄博", "Zibo"),
        ("534", "德州", "Dezhou"), ("535", "烟台", "Yantai"), ("536", "潍坊", "Weifang"), ("537", "济宁", "Jining"),
        ("538", "泰安", "Tai'an"), ("539", "临沂", "Linyi"), ("543", "滨州", "Binzhou"), ("546", "东营", "Dongying"),
        ("631", "威海", "Weihai"), ("632", "枣庄", "Zaozhuang"), ("633", "日照", "Rizhao"), ("635", "聊城", "Liaocheng"),
    ]),
    ("CN-AH", &[
        ("550", "滁州", "Chuzhou"), ("551", "合肥", "Hefei"), ("552", "蚌埠", "Bengbu"), ("553", "芜湖", "Wuhu"),
        ("554", "淮南", "Huainan"), ("555", "马鞍山", "Ma'anshan"), ("556", "安庆", "Anqing"), ("557", "宿州", "Suzhou"),
        ("559", "黄山", "Huangshan"), ("561", "淮北", "Huaibei"), ("562", "铜陵", "Tongling"), ("563", "宣城", "Xuancheng"),
        ("564", "六安", "Lu'an"), ("566", "池州", "Chizhou"),
    ]),
    ("CN-ZJ", &[
        ("570", "衢州", "Quzhou"), ("571", "杭州", "Hangzhou"), ("572", "湖州", "Huzhou"), ("573", "嘉兴", "Jiaxing"),
        ("574", "宁波", "Ningbo"), ("575", "绍兴", "Shaoxing"), ("576", "台州", "Taizhou"), ("577", "温州", "Wenzhou"),
        ("578", "丽水", "Lishui"), ("579", "金华", "Jinhua"), ("580", "舟山", "Zhoushan"),
    ]),
    ("CN-FJ", &[
        ("591", "福州", "Fuzhou"), ("592", "厦门", "Xiamen"), ("593", "宁德", "Ningde"), ("594", "莆田", "Putian"),
        ("595", "泉州", "Quanzhou"), ("596", "漳州", "Zhangzhou"), ("597", "龙岩", "Longyan"), ("598", "三明", "Sanming"),
        ("599", "南平", "Nanping"),
    ]),
    ("CN-GD", &[
        ("20", "广州", "Guangzhou"), ("660", "汕尾", "Shanwei"), ("662", "阳江", "Yangjiang"), ("663", "揭阳", "Jieyang"),
        ("668", "茂名", "Maoming"), ("750", "江门", "Jiangmen"), ("751", "韶关", "Shaoguan"), ("752", "惠州", "Huizhou"),
        ("753", "梅州", "Meizhou"), ("754", "汕头", "Shantou"), ("755", "深圳", "Shenzhen"), ("756", "珠海", "Zhuhai"),
        ("757", "佛山", "Foshan"), ("758", "肇庆", "Zhaoqing"), ("759", "湛江", "Zhanjiang"), ("760", "中山", "Zhongshan"),
        ("762", "河源", "Heyuan"), ("763", "清远", "Qingyuan"), ("766", "云浮", "Yunfu"), ("768", "潮州", "Chaozhou"),
        ("769", "东莞", "Dongguan"),
    ]),
    ("CN-YN", &[
        ("691", "西双版纳", "Xishuangbanna"), ("692", "德宏", "Dehong"), ("870", "昭通", "Zhaotong"), ("871", "昆明", "Kunming"),
        ("872", "大理", "Dali"), ("873", "红河", "Honghe"), ("874", "曲靖", "Qujing"), ("875", "保山", "Baoshan"),
        ("876", "文山", "Wenshan"), ("877", "玉溪", "Yuxi"), ("878", "楚雄", "Chuxiong"), ("879", "普洱", "Pu'er"),
        ("883", "临沧", "Lincang"), ("886", "怒江", "Nujiang"), ("887", "迪庆", "Diqing"), ("888", "丽江", "Lijiang"),
    ]),
    ("CN-JX", &[
        ("701", "鹰潭", "Yingtan"), ("790", "新余", "Xinyu"), ("791", "南昌", "Nanchang"), ("792", "九江", "Jiujiang"),
        ("793", "上饶", "Shangrao"), ("794", "抚州", "Fuzhou"), ("795", "宜春", "Yichun"), ("796", "吉安", "Ji'an"),
        ("797", "赣州", "Ganzhou"), ("798", "景德镇", "Jingdezhen"), ("799", "萍乡", "Pingxiang"),
    ]),
    ("CN-HB", &[
        ("27", "武汉", "Wuhan"), ("710", "襄阳", "Xiangyang"), ("711", "鄂州", "Ezhou"), ("712", "孝感", "Xiaogan"),
        ("713", "黄冈", "Huanggang"), ("714", "黄石", "Huangshi"), ("715", "咸宁", "Xianning"), ("716", "荆州", "Jingzhou"),
        ("717", "宜昌", "Yichang"), ("718", "恩施", "Enshi"), ("719", "十堰", "Shiyan"), ("722", "随州", "Suizhou"),
        ("724", "荆门", "Jingmen"),
    ]),
    ("CN-HN", &[
        ("730", "岳阳", "Yueyang"), ("731", "长沙", "Changsha"), ("734", "衡阳", "Hengyang"), ("735", "郴州", "Chenzhou"),
        ("736", "常德", "Changde"), ("737", "益阳", "Yiyang"), ("738", "娄底", "Loudi"), ("739", "邵阳", "Shaoyang"),
        ("743", "湘西", "Xiangxi"), ("744", "张家界", "Zhangjiajie"), ("745", "怀化", "Huaihua"), ("746", "永州", "Yongzhou"),
    ]),
    ("CN-GX", &[
        ("770", "防城港", "Fangchenggang"), ("771", "南宁", "Nanning"), ("772", "柳州", "Liuzhou"), ("773", "桂林", "Guilin"),
        ("774", "梧州", "Wuzhou"), ("775", "玉林", "Yulin"), ("776", "百色", "Baise"), ("777", "钦州", "Qinzhou"),
        ("778", "河池", "Hechi"), ("779", "北海", "Beihai"),
    ]),
    ("CN-SC", &[
        ("28", "成都", "Chengdu"), ("812", "攀枝花", "Panzhihua"), ("813", "自贡", "Zigong"), ("816", "绵阳", "Mianyang"),
        ("817", "南充", "Nanchong"), ("818", "达州", "Dazhou"), ("825", "遂宁", "Suining"), ("826", "广安", "Guang'an"),
        ("827", "巴中", "Bazhong"), ("830", "泸州", "Luzhou"), ("831", "宜宾", "Yibin"), ("832", "内江", "Neijiang"),
        ("833", "乐山", "Leshan"), ("834", "凉山", "Liangshan"), ("835", "雅安", "Ya'an"), ("836", "甘孜", "Garzê"),
        ("837", "阿坝", "Ngawa"), ("838", "德阳", "Deyang"), ("839", "广元", "Guangyuan"),
    ]),
    ("CN-GZ", &[
        ("851", "贵阳", "Guiyang"), ("854", "黔南", "Qiannan"), ("855", "黔东南", "Qiandongnan"), ("856", "铜仁", "Tongren"),
        ("857", "毕节", "Bijie"), ("858", "六盘水", "Liupanshui"), ("859", "黔西南", "Qianxinan"),
    ]),
    ("CN-XZ", &[
        ("891", "拉萨", "Lhasa"), ("892", "日喀则", "Shigatse"), ("893", "山南", "Shannan"), ("894", "林芝", "Nyingchi"),
        ("895", "昌都", "Qamdo"), ("896", "那曲", "Nagqu"), ("897", "阿里", "Ngari"),
    ]),
    ("CN-HI", &[("898", "海南", "Hainan")]),
    ("CN-XJ", &[
        ("901", "塔城", "Tacheng"), ("902", "哈密", "Hami"), ("903", "和田", "Hotan"), ("906", "阿勒泰", "Altay"),
        ("908", "克孜勒苏", "Kizilsu"), ("909", "博尔塔拉", "Bortala"), ("990", "克拉玛依", "Karamay"), ("991", "乌鲁木齐", "Ürümqi"),
        ("992", "奎屯", "Kuytun"), ("993", "石河子", "Shihezi"), ("994", "昌吉", "Changji"), ("995", "吐鲁番", "Turpan"),
        ("996", "巴音郭楞", "Bayingolin"), ("997", "阿克苏", "Aksu"), ("998", "喀什", "Kashgar"), ("999", "伊犁", "Ili"),
    ]),
    ("CN-SN", &[
        ("29", "西安", "Xi'an"), ("911", "延安", "Yan'an"), ("912", "榆林", "Yulin"), ("913", "渭南", "Weinan"),
        ("914", "商洛", "Shangluo"), ("915", "安康", "Ankang"), ("916", "汉中", "Hanzhong"), ("917", "宝鸡", "Baoji"),
        ("919", "铜川", "Tongchuan"),
    ]),
    ("CN-GS", &[
        ("930", "临夏", "Linxia"), ("931", "兰州", "Lanzhou"), ("932", "定西", "Dingxi"), ("933", "平凉", "Pingliang"),
        ("934", "庆阳", "Qingyang"), ("935", "武威", "Wuwei"), ("936", "张掖", "Zhangye"), ("937", "酒泉", "Jiuquan"),
        ("938", "天水", "Tianshui"), ("939", "陇南", "Longnan"), ("941", "甘南", "Gannan"), ("943", "白银", "Baiyin"),
    ]),
    ("CN-NX", &[
        ("951", "银川", "Yinchuan"), ("952", "石嘴山", "Shizuishan"), ("953", "吴忠", "Wuzhong"), ("954", "固原", "Guyuan"),
        ("955", "中卫", "Zhongwei"),
    ]),
    ("CN-QH", &[
        ("970", "海北", "Haibei"), ("971", "西宁", "Xining"), ("972", "海东", "Haidong"), ("973", "黄南", "Huangnan"),
        ("974", "海南州", "Hainan Prefecture"), ("975", "果洛", "Golog"), ("976", "玉树", "Yushu"), ("977", "海西", "Haixi"),
    ]),
];

/// Calling codes, and the country where it is one.
#[rustfmt::skip]
const CODES: &[(&str, &str)] = &[
    ("1", ""), ("20", "EG"), ("27", "ZA"), ("30", "GR"), ("31", "NL"), ("32", "BE"), ("33", "FR"), ("34", "ES"), ("36", "HU"),
    ("39", "IT"), ("40", "RO"), ("41", "CH"), ("43", "AT"), ("44", "GB"), ("45", "DK"), ("46", "SE"), ("47", "NO"), ("48", "PL"),
    ("49", "DE"), ("51", "PE"), ("52", "MX"), ("53", "CU"), ("54", "AR"), ("55", "BR"), ("56", "CL"), ("57", "CO"), ("58", "VE"),
    ("60", "MY"), ("61", "AU"), ("62", "ID"), ("63", "PH"), ("64", "NZ"), ("65", "SG"), ("66", "TH"), ("7", ""), ("81", "JP"),
    ("82", "KR"), ("84", "VN"), ("852", "HK"), ("853", "MO"), ("855", "KH"), ("856", "LA"), ("880", "BD"), ("886", "TW"),
    ("90", "TR"), ("91", "IN"), ("92", "PK"), ("93", "AF"), ("94", "LK"), ("95", "MM"), ("960", "MV"), ("961", "LB"),
    ("962", "JO"), ("963", "SY"), ("964", "IQ"), ("965", "KW"), ("966", "SA"), ("967", "YE"), ("968", "OM"), ("970", "PS"),
    ("971", "AE"), ("972", "IL"), ("973", "BH"), ("974", "QA"), ("975", "BT"), ("976", "MN"), ("977", "NP"), ("98", "IR"),
    ("992", "TJ"), ("993", "TM"), ("994", "AZ"), ("995", "GE"), ("996", "KG"), ("998", "UZ"), ("212", "MA"), ("213", "DZ"),
    ("216", "TN"), ("218", "LY"), ("220", "GM"), ("221", "SN"), ("223", "ML"), ("225", "CI"), ("229", "BJ"), ("230", "MU"),
    ("231", "LR"), ("233", "GH"), ("234", "NG"), ("237", "CM"), ("243", "CD"), ("244", "AO"), ("249", "SD"), ("250", "RW"),
    ("251", "ET"), ("252", "SO"), ("254", "KE"), ("255", "TZ"), ("256", "UG"), ("258", "MZ"), ("260", "ZM"), ("261", "MG"),
    ("263", "ZW"), ("264", "NA"), ("267", "BW"), ("351", "PT"), ("352", "LU"), ("353", "IE"), ("354", "IS"), ("355", "AL"),
    ("356", "MT"), ("357", "CY"), ("358", "FI"), ("359", "BG"), ("370", "LT"), ("371", "LV"), ("372", "EE"), ("373", "MD"),
    ("374", "AM"), ("375", "BY"), ("376", "AD"), ("377", "MC"), ("378", "SM"), ("380", "UA"), ("381", "RS"), ("382", "ME"),
    ("385", "HR"), ("386", "SI"), ("387", "BA"), ("389", "MK"), ("420", "CZ"), ("421", "SK"), ("423", "LI"), ("501", "BZ"),
    ("502", "GT"), ("503", "SV"), ("504", "HN"), ("505", "NI"), ("506", "CR"), ("507", "PA"), ("509", "HT"), ("591", "BO"),
    ("592", "GY"), ("593", "EC"), ("595", "PY"), ("597", "SR"), ("598", "UY"), ("670", "TL"), ("673", "BN"), ("675", "PG"),
    ("679", "FJ"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Country;

    fn place(raw: &str) -> Option<NumberPlace> {
        number_place(&ContactNumber::normalise(raw, Country::of("CN")?)?)
    }

    /// Rows: S9.1
    #[test]
    fn numbers_have_a_home_by_their_plan() {
        for (raw, country, province, city, carrier) in [
            ("13800138000", "CN", None, None, Some("mobile")),
            ("+8618612345678", "CN", None, None, Some("unicom")),
            ("19912345678", "CN", None, None, Some("telecom")),
            ("19212345678", "CN", None, None, Some("broadnet")),
            ("13491234567", "CN", None, None, None),
            ("17012345678", "CN", None, None, None),
            ("01012345678", "CN", Some("CN-BJ"), Some("Beijing"), None),
            ("02012345678", "CN", Some("CN-GD"), Some("Guangzhou"), None),
            ("075512345678", "CN", Some("CN-GD"), Some("Shenzhen"), None),
            ("05571234567", "CN", Some("CN-AH"), Some("Suzhou"), None),
            ("051212345678", "CN", Some("CN-JS"), Some("Suzhou"), None),
            ("08981234567", "CN", Some("CN-HI"), Some("Hainan"), None),
            ("+4930123456", "DE", None, None, None),
            ("+85212345678", "HK", None, None, None),
            ("+35315550100", "IE", None, None, None),
        ] {
            let found = place(raw).unwrap_or_else(|| panic!("{raw}"));
            let latin = found.city.map(|(_, latin)| latin);
            assert_eq!(
                (found.country, found.province, latin, found.carrier),
                (Some(country), province, city, carrier),
                "{raw}"
            );
        }
        assert_eq!(place("+14155550100").map(|place| place.country), Some(None), "several countries share it");
        for none in ["2001", "95588", "alice", "+99912345678"] {
            assert_eq!(place(none), None, "{none}");
        }
    }

    /// A code that begins another would hide it.
    #[test]
    fn no_code_hides_another() {
        let areas: Vec<&str> = AREAS.iter().flat_map(|(_, rows)| rows.iter().map(|(code, ..)| *code)).collect();
        let codes: Vec<&str> = CODES.iter().map(|(code, _)| *code).chain(["86"]).collect();
        let heads: Vec<&str> = CARRIERS.iter().flat_map(|(_, heads)| heads.split(' ')).collect();
        for all in [areas, codes, heads] {
            for (n, one) in all.iter().enumerate() {
                let hidden = all.iter().enumerate().find(|(m, other)| n != *m && other.starts_with(one));
                assert_eq!(hidden, None, "{one}");
            }
        }
    }
}
