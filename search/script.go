package search

// hindiEndings are the endings of number and case that Hindi words take, after at least two letters: what is in front of
// them is the same word in every form. A final ा of masculine words goes as well, since it changes with them.
const hindiEndings = `^(\p{L}[\p{L}\p{M}]*[\p{L}])(ियाँ|ियां|ियों|ाओं|ुओं|ुएँ|ुएं|ाएँ|ाएं|ें|ों|े|ा|ी)$`

// arabicArticle is the article, alone or after "and", "with", "like" and "for", before at least three letters.
const arabicArticle = `^(?:ال|وال|بال|كال|لل)(\p{IsArabic}{3,})$`

// letterMappings write letters alike that people type for one another: Devanagari with and without nukta and with either
// nasal sign, the forms of alef, ya and ta marbuta, and Arabic without its vowel signs.
func letterMappings() list {
	return list{
		"ँ=>ं", "़=>", "क़=>क", "ख़=>ख", "ग़=>ग", "ज़=>ज", "ड़=>ड", "ढ़=>ढ", "फ़=>फ",
		"أ=>ا", "إ=>ا", "آ=>ا", "ى=>ي", "ة=>ه", "ی=>ي", "ک=>ك", "ـ=>",
		"ً=>", "ٌ=>", "ٍ=>", "َ=>", "ُ=>", "ِ=>", "ّ=>", "ْ=>",
	}
}
