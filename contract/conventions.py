"""Figures that are a convention or our choice, and that insights and boards must not choose twice."""

ADULT_AGE = 18
"""From which on rules that were made for adults are about somebody."""

LIVING_FACTOR = 1.4
"""A day without exercise, in resting energies: sedentary with some walking (FAO/WHO/UNU, Human Energy Requirements,
report of 2001, published 2004: 1.40 to 1.69)."""

HOME_SYSTOLIC_MMHG, HOME_DIASTOLIC_MMHG = 135, 85
"""From either on, a blood pressure measured at home is high: it means as much as 140/90 mmHg in an office (Williams et
al., Eur Heart J 2018;39:3021-3104, table 9)."""

MINIMUM_GROUP, MINIMUM_TAIL = 20, 3
"""How many people with a value a group's percentiles take, and how many of them on either side of each: the 5th of
twenty people would be the figure of one of them. This is the threshold rule of statistical disclosure control
(Hundepool et al., Statistical Disclosure Control, 2012), no proof of anonymity: who knows all others knows the last."""
