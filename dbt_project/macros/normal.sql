{#- The share of a normal distribution below `z`, with seven correct digits also for very small
    shares: the approximation of the complementary error function by W. H. Press et al., Numerical Recipes,
    6.2. -#}
{% macro normal_below(z) -%}
    {%- set t -%} (1 / (1 + 0.5 * abs({{ z }}) / sqrt(2.0))) {%- endset -%}
    {%- set coefficients = [
        0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
        0.37409196, 1.00002368, -1.26551223,
    ] -%}
    {%- set series = namespace(sum='0.0') -%}
    {%- for coefficient in coefficients -%}
        {%- set series.sum = '(' ~ coefficient ~ ' + ' ~ t ~ ' * ' ~ series.sum ~ ')' -%}
    {%- endfor -%}
    abs(
        case when {{ z }} > 0 then 1.0 else 0.0 end
        - 0.5 * {{ t }} * exp({{ series.sum }} - {{ z }} * {{ z }} / 2)
    )
{%- endmacro %}

{#- The z value of the likelihood-ratio test of two shares, half a case taken off the difference (Yates):
    how far `hits` / `trials` is above `other_hits` / `other_trials`. Its p values stay within a quarter
    of those of Fisher's exact test also for a few hits and for the small p values that remain significant
    among many tests, where those of a pooled z test are up to a thousand times too small. NULL if a side has
    no trials, or if all or none of the trials of both sides are hits. -#}
{% macro likelihood_z(hits, trials, other_hits, other_trials) -%}
    {%- set pooled -%}
        (cast({{ hits }} + {{ other_hits }} as double) / nullif({{ trials }} + {{ other_trials }}, 0))
    {%- endset -%}
    {%- set above = '(' ~ hits ~ ' - ' ~ trials ~ ' * ' ~ pooled ~ ')' -%}
    {%- set step = '(sign(' ~ above ~ ') * greatest(0.0, abs(' ~ above ~ ') - 0.5))' -%}
    {%- set terms = [] -%}
    {%- for count, share, side in [
        (trials, pooled, '+'), (trials, '(1 - ' ~ pooled ~ ')', '-'),
        (other_trials, pooled, '-'), (other_trials, '(1 - ' ~ pooled ~ ')', '+'),
    ] -%}
        {%- set usual = '(' ~ count ~ ' * ' ~ share ~ ')' -%}
        {%- set seen = '(' ~ usual ~ ' ' ~ side ~ ' ' ~ step ~ ')' -%}
        {%- do terms.append(
            'case when ' ~ seen ~ ' > 0 then ' ~ seen ~ ' * ln(' ~ seen ~ ' / ' ~ usual ~ ') else 0 end'
        ) -%}
    {%- endfor -%}
    case
        when {{ trials }} > 0 and {{ other_trials }} > 0 and {{ pooled }} > 0 and {{ pooled }} < 1
            then sign({{ above }}) * sqrt(greatest(0.0, 2 * ({{ terms | join(' + ') }})))
    end
{%- endmacro %}

{#- The normal value that is as rare as the value `t` of Student's t distribution, of the sign of `t`. The
    approximation of D. L. Wallace, 1959, Annals of Mathematical Statistics 30 (4), 1124-1130: two to three
    digits of the chance from five degrees of freedom on; of t from 0 to 8, within 5 % from six on. NULL if t
    is. -#}
{% macro student_as_normal(t, degrees) -%}
    sign({{ t }}) * (8e0 * {{ degrees }} + 1) / (8e0 * {{ degrees }} + 3)
    * sqrt({{ degrees }} * ln(1 + {{ t }} * {{ t }} / {{ degrees }}))
{%- endmacro %}

{#- The 97.5 % quantile of Student's t distribution, the factor of a 95 % interval; NULL below two
    degrees of freedom. It is 0.8 % too small at two degrees, 0.2 % at three. The expansion of Abramowitz
    and Stegun, Handbook of Mathematical Functions, 26.7.5. -#}
{% macro t_factor(degrees) -%}
    {%- set z = 1.959964 -%}
    {%- set terms = [
        (z ** 3 + z) / 4,
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
    ] -%}
    case
        when {{ degrees }} >= 2
            then {{ z }}
            {%- for term in terms %}
            + {{ term }} / power(cast({{ degrees }} as double), {{ loop.index }})
            {%- endfor %}
    end
{%- endmacro %}

{#- The normal value that is as rare as the value `f`, 0 or more, of the F distribution, its upper end
    positive. From ten degrees of freedom below on, a chance of 0.05 or more is within 1 %; smaller ones are
    taken too great, 0.001 by a fifth at ten degrees. Paulson, E. (1942), Annals of Mathematical Statistics
    13 (2), pp. 233-235. -#}
{% macro f_as_normal(f, degrees_above, degrees_below) -%}
    (
        (1 - 2 / (9e0 * {{ degrees_below }})) * power({{ f }}, 1 / 3e0)
        - (1 - 2 / (9e0 * {{ degrees_above }}))
    ) / sqrt(
        2 / (9e0 * {{ degrees_above }}) + 2 / (9e0 * {{ degrees_below }}) * power({{ f }}, 2 / 3e0)
    )
{%- endmacro %}
