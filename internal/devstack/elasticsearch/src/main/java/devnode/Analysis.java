package devnode;

import org.apache.lucene.analysis.*;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.charfilter.*;
import org.apache.lucene.analysis.core.*;
import org.apache.lucene.analysis.de.*;
import org.apache.lucene.analysis.en.*;
import org.apache.lucene.analysis.es.*;
import org.apache.lucene.analysis.fr.*;
import org.apache.lucene.analysis.it.*;
import org.apache.lucene.analysis.miscellaneous.*;
import org.apache.lucene.analysis.ngram.*;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.path.PathHierarchyTokenizer;
import org.apache.lucene.analysis.pattern.*;
import org.apache.lucene.analysis.pt.*;
import org.apache.lucene.analysis.ru.*;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.synonym.*;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.util.CharsRef;
import org.apache.lucene.util.CharsRefBuilder;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AnalysisMode;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.CustomAnalyzer;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.*;
import java.util.function.*;
import java.util.regex.Pattern;

/**
 * Stands in for the analysis-common module, which is not published as a library: same names and setting names, over
 * Lucene's own classes. Left out: the lowercase tokenizer, pattern variants, min_hash, multiplexer, condition, cjk, icu,
 * synonyms_set and all but ten languages; an index definition must do without them.
 */
public class Analysis extends Plugin implements AnalysisPlugin {
    interface Filter {
        UnaryOperator<TokenStream> of(Settings s, Environment env) throws IOException;
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> m = new TreeMap<>();
        // usable in keyword normalizers
        norm(m, "lowercase", (s, e) -> org.apache.lucene.analysis.LowerCaseFilter::new);
        norm(m, "uppercase", (s, e) -> UpperCaseFilter::new);
        norm(m, "trim", (s, e) -> TrimFilter::new);
        norm(m, "decimal_digit", (s, e) -> DecimalDigitFilter::new);
        norm(m, "german_normalization", (s, e) -> GermanNormalizationFilter::new);
        norm(m, "scandinavian_folding", (s, e) -> ScandinavianFoldingFilter::new);
        norm(m, "asciifolding", (s, e) -> in -> new ASCIIFoldingFilter(in, s.getAsBoolean("preserve_original", false)));
        norm(m, "pattern_replace", (s, e) -> in -> new PatternReplaceFilter(in, Pattern.compile(s.get("pattern")),
            s.get("replacement", ""), s.getAsBoolean("all", true)));
        // one token in, one token out
        plain(m, "stemmer", (s, e) -> stemmer(s.get("language", s.get("name", "porter"))));
        plain(m, "snowball", (s, e) -> in -> new SnowballFilter(in, s.get("language", "English")));
        plain(m, "porter_stem", (s, e) -> PorterStemFilter::new);
        plain(m, "kstem", (s, e) -> KStemFilter::new);
        plain(m, "apostrophe", (s, e) -> org.apache.lucene.analysis.tr.ApostropheFilter::new);
        plain(m, "reverse", (s, e) -> ReverseStringFilter::new);
        plain(m, "unique", (s, e) -> s.getAsBoolean("only_on_same_position", false) ? RemoveDuplicatesTokenFilter::new : Unique::new);
        plain(m, "remove_duplicates", (s, e) -> RemoveDuplicatesTokenFilter::new);
        plain(m, "truncate", (s, e) -> in -> new TruncateTokenFilter(in, s.getAsInt("length", 10)));
        plain(m, "length", (s, e) -> in -> new LengthFilter(in, s.getAsInt("min", 0), s.getAsInt("max", Integer.MAX_VALUE)));
        plain(m, "limit", (s, e) -> in -> new LimitTokenCountFilter(in, s.getAsInt("max_token_count", 1),
            s.getAsBoolean("consume_all_tokens", false)));
        plain(m, "elision", (s, e) -> {
            CharArraySet set = words(s, e, "articles", FrenchAnalyzer.DEFAULT_ARTICLES);
            return in -> new org.apache.lucene.analysis.util.ElisionFilter(in, set);
        });
        plain(m, "keyword_marker", (s, e) -> {
            CharArraySet set = words(s, e, "keywords", CharArraySet.EMPTY_SET);
            return in -> new SetKeywordMarkerFilter(in, set);
        });
        plain(m, "keep", (s, e) -> {
            CharArraySet set = words(s, e, "keep_words", CharArraySet.EMPTY_SET);
            return in -> new KeepWordFilter(in, set);
        });
        plain(m, "stemmer_override", (s, e) -> {
            var b = new StemmerOverrideFilter.Builder(s.getAsBoolean("ignore_case", false));
            for (String rule : rules(s, e, "rules")) {
                String[] kv = rule.split("=>");
                for (String key : kv[0].split(",")) {
                    b.add(key.trim(), kv[1].trim());
                }
            }
            var map = b.build();
            return in -> new StemmerOverrideFilter(in, map);
        });
        // one token in, several out: not allowed before a synonym filter
        multi(m, "flatten_graph", (s, e) -> org.apache.lucene.analysis.core.FlattenGraphFilter::new);
        multi(m, "keyword_repeat", (s, e) -> KeywordRepeatFilter::new);
        multi(m, "edge_ngram", (s, e) -> in -> new EdgeNGramTokenFilter(in, s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2),
            s.getAsBoolean("preserve_original", false)));
        multi(m, "ngram", (s, e) -> in -> new NGramTokenFilter(in, s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2),
            s.getAsBoolean("preserve_original", false)));
        multi(m, "word_delimiter_graph", (s, e) -> wordDelimiter(s, e, true));
        multi(m, "word_delimiter", (s, e) -> wordDelimiter(s, e, false));
        m.put("synonym", (is, env, name, s) -> new Synonyms(name, s, env, false));
        m.put("synonym_graph", (is, env, name, s) -> new Synonyms(name, s, env, true));
        return m;
    }

    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        // named without settings, edge_ngram gives one-letter grams only
        return List.of(PreConfiguredTokenFilter.singleton("edge_ngram", false, false, in -> new EdgeNGramTokenFilter(in, 1)));
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        Map<String, AnalysisProvider<TokenizerFactory>> m = new TreeMap<>();
        tok(m, "keyword", s -> () -> new KeywordTokenizer(s.getAsInt("buffer_size", 256)));
        tok(m, "whitespace", s -> WhitespaceTokenizer::new);
        tok(m, "letter", s -> LetterTokenizer::new);
        tok(m, "uax_url_email", s -> org.apache.lucene.analysis.email.UAX29URLEmailTokenizer::new);
        tok(m, "path_hierarchy", s -> () -> new PathHierarchyTokenizer(s.get("delimiter", "/").charAt(0),
            s.get("replacement", s.get("delimiter", "/")).charAt(0), s.getAsInt("skip", 0)));
        tok(m, "pattern", s -> {
            Pattern p = Pattern.compile(s.get("pattern", "\\W+"));
            return () -> new PatternTokenizer(p, s.getAsInt("group", -1));
        });
        tok(m, "edge_ngram", s -> {
            IntPredicate ok = tokenChars(s);
            return () -> new EdgeNGramTokenizer(s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2)) {
                @Override
                protected boolean isTokenChar(int c) {
                    return ok.test(c);
                }
            };
        });
        tok(m, "ngram", s -> {
            IntPredicate ok = tokenChars(s);
            return () -> new NGramTokenizer(s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2)) {
                @Override
                protected boolean isTokenChar(int c) {
                    return ok.test(c);
                }
            };
        });
        return m;
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        Map<String, AnalysisProvider<CharFilterFactory>> m = new TreeMap<>();
        m.put("html_strip", (is, e, n, s) -> chars(n, HTMLStripCharFilter::new));
        m.put("pattern_replace", AnalysisPlugin.requiresAnalysisSettings((is, e, n, s) -> {
            Pattern p = Pattern.compile(s.get("pattern"));
            return chars(n, r -> new PatternReplaceCharFilter(p, s.get("replacement", ""), r));
        }));
        m.put("mapping", AnalysisPlugin.requiresAnalysisSettings((is, e, n, s) -> {
            var b = new NormalizeCharMap.Builder();
            for (String rule : rules(s, e, "mappings")) {
                String[] kv = rule.split("=>", -1);
                b.add(kv[0].trim(), kv[1].trim());
            }
            var map = b.build();
            return chars(n, r -> new MappingCharFilter(map, r));
        }));
        return m;
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> m = new TreeMap<>();
        Map<String, Function<CharArraySet, Analyzer>> langs = Map.of("english", s -> s == null ? new EnglishAnalyzer() : new EnglishAnalyzer(s),
            "german", s -> s == null ? new GermanAnalyzer() : new GermanAnalyzer(s), "french", s -> s == null ? new FrenchAnalyzer() : new FrenchAnalyzer(s),
            "spanish", s -> s == null ? new SpanishAnalyzer() : new SpanishAnalyzer(s), "italian", s -> s == null ? new ItalianAnalyzer() : new ItalianAnalyzer(s),
            "portuguese", s -> s == null ? new PortugueseAnalyzer() : new PortugueseAnalyzer(s), "dutch", s -> s == null ? new DutchAnalyzer() : new DutchAnalyzer(s),
            "russian", s -> s == null ? new RussianAnalyzer() : new RussianAnalyzer(s), "arabic", s -> s == null ? new ArabicAnalyzer() : new ArabicAnalyzer(s),
            "stop", s -> new StopAnalyzer(s == null ? EnglishAnalyzer.ENGLISH_STOP_WORDS_SET : s));
        langs.forEach((name, make) -> m.put(name, (is, e, n, s) -> analyzer(n, make.apply(words(s, e, "stopwords", null)))));
        m.put("simple", (is, e, n, s) -> analyzer(n, new SimpleAnalyzer()));
        m.put("whitespace", (is, e, n, s) -> analyzer(n, new WhitespaceAnalyzer()));
        m.put("keyword", (is, e, n, s) -> analyzer(n, new KeywordAnalyzer()));
        return m;
    }

    private static UnaryOperator<TokenStream> stemmer(String language) {
        return switch (language.toLowerCase(Locale.ROOT)) {
            case "english", "porter" -> PorterStemFilter::new;
            case "light_english", "lightenglish", "kstem" -> KStemFilter::new;
            case "minimal_english" -> EnglishMinimalStemFilter::new;
            case "possessive_english" -> EnglishPossessiveFilter::new;
            case "porter2" -> in -> new SnowballFilter(in, "English");
            case "light_german" -> GermanLightStemFilter::new;
            case "minimal_german" -> GermanMinimalStemFilter::new;
            case "light_french" -> FrenchLightStemFilter::new;
            case "light_spanish" -> SpanishLightStemFilter::new;
            case "light_italian" -> ItalianLightStemFilter::new;
            case "light_portuguese" -> PortugueseLightStemFilter::new;
            case "light_russian" -> RussianLightStemFilter::new;
            case "minimal_french" -> FrenchMinimalStemFilter::new;
            case "light_swedish" -> org.apache.lucene.analysis.sv.SwedishLightStemFilter::new;
            case "light_finnish" -> org.apache.lucene.analysis.fi.FinnishLightStemFilter::new;
            case "light_norwegian" -> org.apache.lucene.analysis.no.NorwegianLightStemFilter::new;
            case "brazilian" -> org.apache.lucene.analysis.br.BrazilianStemFilter::new;
            case "czech" -> org.apache.lucene.analysis.cz.CzechStemFilter::new;
            default -> in -> new SnowballFilter(in, language.substring(0, 1).toUpperCase(Locale.ROOT) + language.substring(1));
        };
    }

    private static UnaryOperator<TokenStream> wordDelimiter(Settings s, Environment env, boolean graph) throws IOException {
        Map<String, Integer> bits = Map.of("generate_word_parts", WordDelimiterGraphFilter.GENERATE_WORD_PARTS,
            "generate_number_parts", WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS, "catenate_words", WordDelimiterGraphFilter.CATENATE_WORDS,
            "catenate_numbers", WordDelimiterGraphFilter.CATENATE_NUMBERS, "catenate_all", WordDelimiterGraphFilter.CATENATE_ALL,
            "preserve_original", WordDelimiterGraphFilter.PRESERVE_ORIGINAL, "split_on_case_change", WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE,
            "split_on_numerics", WordDelimiterGraphFilter.SPLIT_ON_NUMERICS, "stem_english_possessive", WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE);
        Set<String> on = Set.of("generate_word_parts", "generate_number_parts", "split_on_case_change", "split_on_numerics", "stem_english_possessive");
        int flags = 0;
        for (var b : bits.entrySet()) {
            flags |= s.getAsBoolean(b.getKey(), on.contains(b.getKey())) ? b.getValue() : 0;
        }
        int f = flags;
        CharArraySet keep = words(s, env, "protected_words", CharArraySet.EMPTY_SET);
        if (graph == false) {
            return in -> new WordDelimiterFilter(in, f, keep);
        }
        return in -> new WordDelimiterGraphFilter(in, s.getAsBoolean("adjust_offsets", true),
            WordDelimiterIterator.DEFAULT_WORD_DELIM_TABLE, f, keep);
    }

    private static IntPredicate tokenChars(Settings s) {
        List<IntPredicate> ok = new ArrayList<>();
        for (String name : s.getAsList("token_chars")) {
            ok.add(switch (name) {
                case "letter" -> Character::isLetter;
                case "digit" -> Character::isDigit;
                case "whitespace" -> Character::isWhitespace;
                case "punctuation" -> c -> Pattern.matches("\\p{P}", Character.toString(c));
                case "symbol" -> c -> Pattern.matches("\\p{S}", Character.toString(c));
                case "custom" -> c -> s.get("custom_token_chars", "").indexOf(c) >= 0;
                default -> throw new IllegalArgumentException("Unknown token type: '" + name + "'");
            });
        }
        return ok.isEmpty() ? c -> true : c -> ok.stream().anyMatch(p -> p.test(c));
    }

    /** Reads {@code name} or the file in {@code name_path}. */
    private static List<String> rules(Settings s, Environment env, String name) {
        List<String> r = org.elasticsearch.index.analysis.Analysis.getWordList(env, s, name);
        return r == null ? List.of() : r;
    }

    private static CharArraySet words(Settings s, Environment env, String name, CharArraySet none) throws IOException {
        return org.elasticsearch.index.analysis.Analysis.parseWords(env, s, name, none,
            Map.of("_english_", EnglishAnalyzer.ENGLISH_STOP_WORDS_SET), s.getAsBoolean("ignore_case", false));
    }

    private static final class Unique extends TokenFilter {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final CharArraySet seen = new CharArraySet(8, false);

        Unique(TokenStream in) {
            super(in);
        }

        @Override
        public boolean incrementToken() throws IOException {
            while (input.incrementToken()) {
                if (seen.add(term.toString())) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void reset() throws IOException {
            super.reset();
            seen.clear();
        }
    }

    private static class Plain implements TokenFilterFactory {
        final String name;
        final UnaryOperator<TokenStream> make;

        Plain(String name, UnaryOperator<TokenStream> make) {
            this.name = name;
            this.make = make;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public TokenStream create(TokenStream in) {
            return make.apply(in);
        }
    }

    private static final class Norm extends Plain implements NormalizingTokenFilterFactory {
        Norm(String name, UnaryOperator<TokenStream> make) {
            super(name, make);
        }

        @Override
        public TokenStream normalize(TokenStream in) {
            return create(in);
        }
    }

    private static final class Multi extends Plain {
        Multi(String name, UnaryOperator<TokenStream> make) {
            super(name, make);
        }

        @Override
        public boolean breaksFastVectorHighlighter() {
            return true;
        }

        @Override
        public TokenFilterFactory getSynonymFilter() {
            throw new IllegalArgumentException("Token filter [" + name + "] cannot be used to parse synonyms");
        }
    }

    private static void norm(Map<String, AnalysisProvider<TokenFilterFactory>> m, String type, Filter f) {
        m.put(type, type.equals("pattern_replace")
            ? AnalysisPlugin.requiresAnalysisSettings((is, env, name, s) -> new Norm(name, f.of(s, env)))
            : (is, env, name, s) -> new Norm(name, f.of(s, env)));
    }

    private static void plain(Map<String, AnalysisProvider<TokenFilterFactory>> m, String type, Filter f) {
        m.put(type, (is, env, name, s) -> new Plain(name, f.of(s, env)));
    }

    private static void multi(Map<String, AnalysisProvider<TokenFilterFactory>> m, String type, Filter f) {
        m.put(type, (is, env, name, s) -> {
            int diff = s.getAsInt("max_gram", 2) - s.getAsInt("min_gram", 1);
            if (type.equals("ngram") && diff > is.getMaxNgramDiff()) {
                throw new IllegalArgumentException("The difference between max_gram and min_gram in NGram Tokenizer must be less than or equal to: ["
                    + is.getMaxNgramDiff() + "] but was [" + diff + "]");
            }
            return new Multi(name, f.of(s, env));
        });
    }

    private static void tok(Map<String, AnalysisProvider<TokenizerFactory>> m, String type, Function<Settings, Supplier<Tokenizer>> f) {
        m.put(type, (is, env, name, s) -> TokenizerFactory.newFactory(name, f.apply(s)));
    }

    private static CharFilterFactory chars(String name, UnaryOperator<Reader> f) {
        return new NormalizingCharFilterFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Reader create(Reader in) {
                return f.apply(in);
            }
        };
    }

    private static AnalyzerProvider<Analyzer> analyzer(String name, Analyzer a) {
        return new AbstractIndexAnalyzerProvider<Analyzer>(name, Settings.EMPTY) {
            @Override
            public Analyzer get() {
                return a;
            }
        };
    }

    /** synonym and synonym_graph: rules are parsed through the filters that stand before this one. */
    private static final class Synonyms implements TokenFilterFactory {
        private final String name;
        private final Settings s;
        private final Environment env;
        private final boolean graph;

        Synonyms(String name, Settings s, Environment env, boolean graph) {
            this.name = name;
            this.s = s;
            this.env = env;
            this.graph = graph;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public AnalysisMode getAnalysisMode() {
            return s.getAsBoolean("updateable", false) ? AnalysisMode.SEARCH_TIME : AnalysisMode.ALL;
        }

        @Override
        public TokenStream create(TokenStream in) {
            throw new IllegalStateException("Call getChainAwareTokenFilterFactory to specialize this factory for an analysis chain first");
        }

        @Override
        public TokenFilterFactory getChainAwareTokenFilterFactory(IndexCreationContext c, TokenizerFactory tokenizer,
            List<CharFilterFactory> charFilters, List<TokenFilterFactory> previous, Function<String, TokenFilterFactory> all) {
            boolean lenient = s.getAsBoolean("lenient", getAnalysisMode() == AnalysisMode.SEARCH_TIME);
            Analyzer chain = new CustomAnalyzer(tokenizer, charFilters.toArray(CharFilterFactory[]::new),
                previous.stream().map(TokenFilterFactory::getSynonymFilter).toArray(TokenFilterFactory[]::new));
            SynonymMap map;
            try {
                List<String> text = org.elasticsearch.index.analysis.Analysis.getWordList(env, s, "synonyms");
                SynonymMap.Parser p = "wordnet".equalsIgnoreCase(s.get("format"))
                    ? new WordnetSynonymParser(true, s.getAsBoolean("expand", true), chain)
                    : new SolrSynonymParser(true, s.getAsBoolean("expand", true), chain) {
                        @Override
                        public void add(CharsRef in, CharsRef out, boolean keep) {
                            if (lenient == false || in.length > 0 && out.length > 0) {
                                super.add(in, out, keep);
                            }
                        }

                        @Override
                        public CharsRef analyze(String t, CharsRefBuilder reuse) throws IOException {
                            try {
                                return super.analyze(t, reuse);
                            } catch (IllegalArgumentException e) {
                                if (lenient) {
                                    return new CharsRef("");
                                }
                                throw e;
                            }
                        }
                    };
                p.parse(new StringReader(String.join("\n", text == null ? List.of() : text)));
                map = p.build();
            } catch (Exception e) {
                throw new IllegalArgumentException("failed to build synonyms from [" + name + "]", e);
            }
            UnaryOperator<TokenStream> f = map.fst == null ? in -> in
                : graph ? in -> new SynonymGraphFilter(in, map, false) : in -> new SynonymFilter(in, map, false);
            AnalysisMode mode = getAnalysisMode();
            return new Plain(name, f) {
                @Override
                public TokenFilterFactory getSynonymFilter() {
                    return IDENTITY_FILTER;
                }

                @Override
                public AnalysisMode getAnalysisMode() {
                    return mode;
                }
            };
        }
    }
}
